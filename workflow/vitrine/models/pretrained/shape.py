"""What a pretrained model is, but for its weights: enough to build it without its source."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class PretrainedShape:
    """The counterpart of `vitrine.models.transformer.Architecture`.

    Attributes:
        layers: transformer blocks.
        heads: attention heads per block.
        width: size of the residual stream.
        outputs: classes.
        readout: the state that is classified: the start token's or the mean of all.
        dropout: share of activations dropped in training.
        tuned_layers: how many of the last blocks are trained with the head.
        tuned_embedding: whether the embedding is trained too.
        own_head: the output of the model's own head for each class; None for a new linear map.
        tokens_per_player: tokens that a player has at most or, of a text, usually.
        source: where the weights come from: ``model``, ``revision``, ``commit``, ``sha256``.
        allow: accepted dangers, ``pickle`` and ``remote_code``.
        config: the configuration of ``transformers``, ``model_type`` among its keys.
        tokenizer: of texts, the tokenizer as the package ``tokenizers`` writes it (JSON).
        mask: of texts, the id of the piece that stands for a masked word.
        image: of images, an `Enlargement` as a dict.
    """

    layers: int
    heads: int
    width: int
    outputs: int
    readout: Literal["mean", "start"]
    dropout: float
    tuned_layers: int
    tuned_embedding: bool
    own_head: list[int] | None
    tokens_per_player: int
    source: dict[str, Any]
    allow: list[str]
    config: dict[str, Any]
    tokenizer: str | None
    mask: int
    image: dict[str, Any] | None

    @property
    def causal(self) -> bool:
        """Whether a player sees only those before it."""
        return False


@dataclass(frozen=True)
class Enlargement:
    """How the patches of a study's small grey images become patches of the model's images.

    Attributes:
        grid: the study's patches along a side of an image.
        pixels: the study's pixels along a side of its patch.
        factor: the model's patches along a side of a study's patch.
        patch: the model's pixels along a side of its patch.
        slope, offset: make of a prepared pixel one in [0, 1].
        mean, deviation: of each colour, by which the model's pixels are centred and scaled.
    """

    grid: int
    pixels: int
    factor: int
    patch: int
    slope: float
    offset: float
    mean: list[float]
    deviation: list[float]
