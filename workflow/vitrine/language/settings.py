"""Settings of families of language models. Light: the configuration imports this."""

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.models.pretrained.settings import Allow
from vitrine.section import Section, Unique, heads_divide


class LanguageModelSettings(Section):
    """A small language model that is trained on the texts of the family's study."""

    layers: int = Field(
        ge=1, le=48, description="Number of transformer blocks. Induction heads need two."
    )
    heads: int = Field(ge=1, le=64, description="Attention heads per block; must divide `width`.")
    width: int = Field(
        ge=8,
        le=8192,
        description="Size of the vector that represents a token. The number of parameters grows "
        "with its square.",
    )

    _heads_divide = field_validator("width")(heads_divide)

    vocabulary: int = Field(
        default=512,
        ge=300,
        le=100_000,
        description="Vocabulary size of the byte-pair tokenizer, which is fitted to the training "
        "texts. Use the same size for all models of a family; otherwise their losses cannot be "
        "compared.",
    )
    context: int = Field(
        default=256,
        ge=16,
        le=8192,
        description="Maximum number of tokens in the context.",
    )
    steps: int = Field(default=600, ge=1, description="Training steps. Time grows in proportion.")
    batch_size: int = Field(
        default=16,
        ge=1,
        le=65_536,
        description="Token sequences per step, each of length `context`.",
    )
    learning_rate: float = Field(
        default=0.003,
        gt=0,
        le=1,
        description="Learning rate, constant between a short warm-up and a decay in the last "
        "fifth of the steps. Lower it for wider models.",
    )
    repeated: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="Share of training sequences made of repeated random tokens instead of text, "
        "with a period between an eighth and half of `context`. A small corpus alone gives too "
        "little incentive to learn induction heads.",
    )
    labelled: bool = Field(
        default=True,
        description="Whether the training texts are written as in the prompt, with their labels, "
        "so that the model learns the labels; otherwise the texts alone are used.",
    )
    seed: int = Field(default=0, ge=0, description="Seed of the initial weights and the batches.")


class FamilyModelSettings(Section):
    """A model of a family: pretrained, or trained here."""

    model: str | None = Field(
        default=None,
        min_length=1,
        description="A name on the Hugging Face Hub, a local folder, or `package:<name>`: a "
        "decoder (GPT-2, GPT-NeoX such as Pythia, Llama).",
    )
    revision: str | None = Field(
        default=None,
        description="Branch, tag or commit on the Hub. Pythia's branches are named after the "
        "training step, such as `step3000`.",
    )
    step: int | None = Field(
        default=None,
        ge=0,
        description="Training step of this revision, for curves over training.",
    )
    allow: Allow = Field(
        default=[],
        description="Risks that you accept: `pickle` (weights in pickle files) and `remote_code`.",
    )
    train: LanguageModelSettings | None = Field(
        default=None,
        validate_default=True,
        description="Instead of `model`: train a small language model and export it to a "
        "`transformers` folder.",
    )

    @field_validator("train")
    @classmethod
    def _one_of_both(
        cls, train: LanguageModelSettings | None, info: ValidationInfo
    ) -> LanguageModelSettings | None:
        if "model" in info.data and (train is None) == (info.data["model"] is None):
            raise PydanticCustomError(
                "config", "Give either `model`, for a pretrained model, or `train`"
            )
        return train


class FamilySettings(Section):
    """Language models of several sizes, and their evaluation."""

    study: str = Field(
        description="The study whose texts are used, by its name in "
        "`definitions`; its domain must be text."
    )
    models: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")], FamilyModelSettings] = Field(
        description="The models, under names of your choice, in display order."
    )
    shots: Annotated[list[Annotated[int, Field(ge=0, le=1000)]], *Unique] = Field(
        default=[0, 1, 2, 4, 8],
        description="Numbers of examples in the prompt. Numbers that do not fit into the context "
        "of a model are left out for that model.",
    )
    draws: int = Field(
        default=3,
        ge=1,
        le=1000,
        description="Number of random draws of the examples. Few-shot accuracy depends strongly "
        "on the examples; three draws show that, ten measure it.",
    )
    instances: int = Field(
        default=100,
        ge=2,
        description="Number of test texts to classify, the same number per class. 100 texts "
        "resolve differences in accuracy of ten percentage points.",
    )
    words: int = Field(
        default=40,
        ge=1,
        description="Number of first words of a text in the prompt, so that several examples fit "
        "into the context.",
    )
    prompt: str = Field(
        default="Text: {text}\nLabel: {label}\n\n",
        description="Template of an example: `{text}`, followed by `{label}`.",
    )
    labels: dict[str, str] = Field(
        default={},
        description="Text for a class in the prompt, if it differs from the name of the class, "
        "such as `great: positive`.",
    )
    positions: int = Field(
        default=128,
        ge=8,
        description="Number of token positions at which the loss is measured; shorter texts are "
        "left out.",
    )
    texts: int = Field(
        default=200,
        ge=1,
        description="Number of test texts for the loss by position, the longest first.",
    )
    repeats: int = Field(
        default=32,
        ge=4,
        description="Length of the random token sequence that is repeated to detect induction "
        "heads.",
    )
    sequences: int = Field(
        default=32, ge=2, description="Number of such sequences. More give more precise scores."
    )
    ablated_heads: int = Field(
        default=2,
        ge=1,
        description="Number of heads with the highest prefix-matching score that are ablated, "
        "and of random control heads.",
    )
    maps: int = Field(
        default=1,
        ge=0,
        description="Number of test texts whose attention maps are saved, layer by layer.",
    )

    @field_validator("prompt")
    @classmethod
    def _asks_for_a_label(cls, prompt: str) -> str:
        if not 0 <= prompt.find("{text}") < prompt.find("{label}"):
            raise PydanticCustomError("config", "Must contain `{text}`, followed by `{label}`")
        return prompt

    @field_validator("models")
    @classmethod
    def _some(cls, models: dict[str, Any]) -> dict[str, Any]:
        if not models:
            raise PydanticCustomError("config", "Give at least one model")
        return models
