"""From a pretrained model and a study to the shape of the model that the study trains."""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor

from vitrine.data.domains.registry import DOMAINS
from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples
from vitrine.models.pretrained.adapter import Pretrained, kind
from vitrine.models.pretrained.settings import PretrainedSettings
from vitrine.models.pretrained.shape import Enlargement, PretrainedShape
from vitrine.models.pretrained.source import ModelSource

log = logging.getLogger(__name__)

# Pieces per word, usually; more cost memory, not correctness.
PIECES_PER_WORD = 2


@dataclass(frozen=True)
class _Input:
    """How a pretrained model reads the instances of a study.

    Attributes:
        tokens_per_player: see `PretrainedShape`, as the others.
    """

    tokens_per_player: int
    tokenizer: str | None = None
    mask: int = 0
    image: dict[str, Any] | None = None


def describe(
    settings: PretrainedSettings,
    encoding: Encoding,
    training: Callable[[], Examples],
    dropout: float,
) -> PretrainedShape:
    """The shape of a pretrained model for a study.

    Args:
        settings: of the pretrained model.
        encoding: of the study.
        training: reads its training split; of images the brightest pixel there counts as white.
        dropout: share of activations dropped in training.

    Raises:
        ValueError: pretrained models do not read the study's domain, or the model's own head knows
            other classes.
        OSError: see `ModelSource.read`.
    """
    source = ModelSource.of(settings)
    config = source.config()
    own_head = settings.head == "own"
    layers = config.num_hidden_layers
    tuned = layers if settings.tuned_layers is None else min(settings.tuned_layers, layers)
    reads = _input(source, config, encoding, training)
    return PretrainedShape(
        layers=layers,
        heads=config.num_attention_heads,
        width=config.hidden_size,
        outputs=len(encoding.classes),
        readout="start" if own_head else settings.readout,
        dropout=dropout,
        tuned_layers=tuned,
        tuned_embedding=settings.tuned_layers is None,
        own_head=_order(config.id2label, encoding.classes) if own_head else None,
        tokens_per_player=reads.tokens_per_player,
        source=source.facts(config),
        allow=list(source.allow),
        config=json.loads(config.to_json_string(use_diff=False)),
        tokenizer=reads.tokenizer,
        mask=reads.mask,
        image=reads.image,
    )


def _input(
    source: ModelSource, config: Any, encoding: Encoding, training: Callable[[], Examples]
) -> _Input:
    front = DOMAINS[encoding.domain].pretrained
    if front == "pieces":
        tokenizer = source.tokenizer()
        marks = (tokenizer.mask_token_id, tokenizer.unk_token_id, tokenizer.pad_token_id, 0)
        mask = next(mark for mark in marks if mark is not None)
        return _Input(PIECES_PER_WORD, tokenizer.backend_tokenizer.to_str(), mask)
    if front == "patches":
        enlargement = _enlarged(source, config, encoding, training())
        return _Input(enlargement.factor**2, image=asdict(enlargement))
    suited = ", ".join(domain.name for domain in DOMAINS.values() if domain.pretrained is not None)
    raise ValueError(
        f"pretrained models support the domains {suited}; that of {encoding.study} is "
        f"{encoding.domain}"
    )


def initial_weights(shape: PretrainedShape) -> dict[str, Tensor]:
    """The weights that the model had before the study, but for a new head.

    Raises:
        ValueError: the source lacks weights that are needed, or the model does not compute what
            ``transformers`` computes with them.
        OSError: see `ModelSource.read`.
    """
    source = ModelSource.of_shape(shape)
    net, missing = source.read(kind(shape))
    # A body reads one token or the mean, so the pooler that some lack is not needed.
    missing = [
        name for name in missing if shape.own_head is not None or not name.startswith("pooler.")
    ]
    if missing:
        what = "head of its own" if shape.own_head is not None else "weights for all of its parts"
        raise ValueError(
            f"the pretrained model {shape.source['model']} has no {what}; missing are "
            f"{', '.join(missing[:5])}" + (" and others" if len(missing) > 5 else "")
        )
    model = Pretrained(shape, net)
    model.check_parity()
    weights = model.state_dict()
    return {
        name: weight
        for name, weight in weights.items()
        if shape.own_head is not None or not name.startswith("head.")
    }


def _order(labels: Mapping[int, str], classes: Sequence[str]) -> list[int]:
    """The own head's output of each class of the study."""
    names = [labels[number] for number in sorted(labels)]
    if len(names) == len(classes) and all(re.fullmatch(r"LABEL_\d+", name) for name in names):
        log.warning("the model does not name its labels; taken for %s", ", ".join(classes))
        return list(range(len(classes)))
    outputs = {name.casefold(): place for place, name in enumerate(names)}
    if sorted(outputs) != sorted(name.casefold() for name in classes):
        raise ValueError(
            f"the own head of the pretrained model knows {', '.join(names)}, the study "
            f"{', '.join(classes)}; use `head: new`, or rename the model's `id2label`"
        )
    return [outputs[name.casefold()] for name in classes]


def _enlarged(
    source: ModelSource, config: Any, encoding: Encoding, training: Examples
) -> Enlargement:
    """The smallest change of the size that the model has learned, so that patches fit patches."""
    details = encoding.details
    size, patch = config.image_size, config.patch_size
    if not isinstance(size, int) or not isinstance(patch, int):
        raise ValueError(f"images of {size} and patches of {patch} pixels are not square")
    grid = details["side"] // details["patch"]
    factors = range(1, 2 + size // (grid * patch))
    factor = min(factors, key=lambda factor: abs(grid * factor * patch - size))
    white = float(training.features.max()) * details["deviation"] + details["mean"]
    mean, deviation = source.normalisation()
    return Enlargement(
        grid=grid,
        pixels=details["patch"],
        factor=factor,
        patch=patch,
        slope=details["deviation"] / white,
        offset=details["mean"] / white,
        mean=_colours(mean, config.num_channels),
        deviation=_colours(deviation, config.num_channels),
    )


def _colours(values: Sequence[float], channels: int) -> list[float]:
    return list(values)[:channels] if len(values) >= channels else [values[0]] * channels
