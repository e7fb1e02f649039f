"""The part of the configuration that describes families of language models."""

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.models.pretrained.settings import Allow
from vitrine.section import Section, Unique, heads_divide


class LanguageModelSettings(Section):
    """A small language model of ours, trained on the texts of the family's study."""

    layers: int = Field(ge=1, le=48, description="Transformer blocks. Induction heads need two.")
    heads: int = Field(ge=1, le=64, description="Attention heads per block; must divide `width`.")
    width: int = Field(
        ge=8,
        le=8192,
        description="Size of the vector that represents a token. Parameters grow with its square.",
    )

    _heads_divide = field_validator("width")(heads_divide)

    vocabulary: int = Field(
        default=512,
        ge=300,
        le=100_000,
        description="Byte pairs of the tokenizer, which is fitted to the training texts. The same "
        "for all models of a family, or their losses cannot be compared.",
    )
    context: int = Field(
        default=256,
        ge=16,
        le=8192,
        description="The most tokens that the model reads at once.",
    )
    steps: int = Field(
        default=600, ge=1, description="Steps of training. Time grows in proportion."
    )
    batch_size: int = Field(
        default=16, ge=1, le=65_536, description="Pieces of text, each as long as `context`."
    )
    learning_rate: float = Field(
        default=0.003,
        gt=0,
        le=1,
        description="Peak of the schedule (warm-up, then cosine). Lower it for wider models.",
    )
    repeated: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="Share of the pieces that are no text but random tokens which repeat, with a "
        "period between an eighth and half of `context`. A small corpus alone does not make "
        "induction heads worth their while.",
    )
    labelled: bool = Field(
        default=True,
        description="Whether it reads the training texts as the prompt writes examples, with their "
        "labels, and so knows what labels are; else the texts alone.",
    )
    seed: int = Field(default=0, ge=0, description="Of the weights and the batches.")


class FamilyModelSettings(Section):
    """A model of a family: a pretrained one, or one of ours that is trained."""

    model: str | None = Field(
        default=None,
        min_length=1,
        description="A name on the Hugging Face Hub, a local folder, or `package:<name>`: a "
        "decoder (GPT-2, GPT-NeoX such as Pythia, Llama).",
    )
    revision: str | None = Field(
        default=None,
        description="Branch, tag or commit on the Hub. Pythia's are named by the step of "
        "training, such as `step3000`.",
    )
    step: int | None = Field(
        default=None,
        ge=0,
        description="Step of training of this revision, for curves along training.",
    )
    allow: Allow = Field(
        default=[],
        description="Dangers that you accept: weights as `pickle` and `remote_code`.",
    )
    train: LanguageModelSettings | None = Field(
        default=None,
        validate_default=True,
        description="In place of `model`: train one of ours and export it to a folder of "
        "`transformers`.",
    )

    @field_validator("train")
    @classmethod
    def _one_of_both(
        cls, train: LanguageModelSettings | None, info: ValidationInfo
    ) -> LanguageModelSettings | None:
        if "model" in info.data and (train is None) == (info.data["model"] is None):
            raise PydanticCustomError(
                "config", "State either `model`, for a pretrained one, or `train`"
            )
        return train


class FamilySettings(Section):
    """Language models of several sizes, and what they are asked."""

    study: str = Field(description="The study of texts, by its name in `definitions`.")
    models: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")], FamilyModelSettings] = Field(
        description="The models under names of your own, in the order to show."
    )
    shots: Annotated[list[Annotated[int, Field(ge=0, le=1000)]], *Unique] = Field(
        default=[0, 1, 2, 4, 8],
        description="Numbers of examples in the prompt. Those that do not fit into the context of "
        "a model are left out there.",
    )
    draws: int = Field(
        default=3,
        ge=1,
        le=1000,
        description="How often the examples are drawn. Few-shot accuracy depends much on which "
        "they are; three show that, ten measure it.",
    )
    instances: int = Field(
        default=100,
        ge=2,
        description="Test texts that are asked about, every class alike. 100 resolve accuracies "
        "that are ten points apart.",
    )
    words: int = Field(
        default=40,
        ge=1,
        description="The first words of a text that are shown, so that several fit the context.",
    )
    prompt: str = Field(
        default="Text: {text}\nLabel: {label}\n\n",
        description="How an example is written: `{text}`, and behind it `{label}`.",
    )
    labels: dict[str, str] = Field(
        default={},
        description="What is written for a class, where that is not its name, such as `great: "
        "positive`.",
    )
    positions: int = Field(
        default=128,
        ge=8,
        description="Tokens of a text along which the loss is measured; texts that are shorter "
        "are left out.",
    )
    texts: int = Field(
        default=200, ge=1, description="Test texts that are read for that, the longest first."
    )
    repeats: int = Field(
        default=32,
        ge=4,
        description="Random tokens that are repeated to find induction heads.",
    )
    sequences: int = Field(
        default=32, ge=2, description="How many such rows of tokens. More give steadier scores."
    )
    ablated_heads: int = Field(
        default=2,
        ge=1,
        description="How many heads of the highest prefix matching are taken away, and as many "
        "others for comparison.",
    )
    maps: int = Field(
        default=1,
        ge=0,
        description="Test texts whose attention maps are written to files, layer by layer.",
    )

    @field_validator("prompt")
    @classmethod
    def _asks_for_a_label(cls, prompt: str) -> str:
        if not 0 <= prompt.find("{text}") < prompt.find("{label}"):
            raise PydanticCustomError("config", "Must hold `{text}` and behind it `{label}`")
        return prompt

    @field_validator("models")
    @classmethod
    def _some(cls, models: dict[str, Any]) -> dict[str, Any]:
        if not models:
            raise PydanticCustomError("config", "State at least one model")
        return models
