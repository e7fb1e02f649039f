"""Settings of pretrained models. Light: the configuration imports this."""

import importlib.util
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vitrine.section import Section, unique

# What stands before the name of a Python package that ships a model.
PACKAGE = "package:"
# How to get the packages that the configurations of this project name.
REQUIREMENTS = "requirements-pretrained.txt"

# Dangers that a user accepts.
Allow = Annotated[
    list[Literal["pickle", "remote_code"]],
    Field(json_schema_extra={"uniqueItems": True}),
    AfterValidator(unique),
]


class PretrainedSettings(Section):
    """A model that has learned elsewhere."""

    model: str = Field(
        min_length=1,
        description="A name on the Hugging Face Hub, a local folder, or `package:<name>` for a "
        "Python package that ships a model. Encoders (BERT, DistilBERT, RoBERTa, MiniLM) suit "
        "texts, vision transformers (ViT, DeiT) images.",
    )
    revision: str | None = Field(
        default=None,
        description="Branch, tag or commit on the Hub. Only a commit gives the same weights "
        "for ever.",
    )
    head: Literal["new", "own"] = Field(
        default="new",
        description="What classifies: a `new` linear head, which is trained, or the model's `own`, "
        "whose labels must be the classes of the study.",
    )
    readout: Literal["mean", "start"] = Field(
        default="mean",
        description="The state that a new head reads: the mean of all tokens, or the `start` "
        "token's, as some models have learned it. The own head reads what it always has.",
    )
    tuned_layers: int | None = Field(
        default=0,
        ge=0,
        description="How many of the last layers are trained with the head. 0 trains the head "
        "alone, which is cheap; 2 to 4 usually gain much; null trains everything, embeddings too. "
        "The own head without tuned layers stays as it is.",
    )
    allow: Allow = Field(
        default=[],
        description="Dangers that you accept: weights as `pickle`, which can run any code when "
        "they are read, and `remote_code`, Python files that come with the model.",
    )


def missing(model: str) -> str | None:
    """What is wrong where a model should be on this machine, None where it is or may be fetched.

    Args:
        model: the key ``model`` of `PretrainedSettings`.
    """
    if model.startswith(PACKAGE):
        name = model.removeprefix(PACKAGE)
        if importlib.util.find_spec(name.replace("-", "_")) is None:
            return (
                f"The Python package {name} is not installed. Install it into the environment that "
                f"runs this, `pip install --no-deps -r {REQUIREMENTS}` or "
                f"`pip install --no-deps {name}`."
            )
        return None
    # A name on the Hub is `name` or `owner/name`.
    local = Path(model).is_absolute() or model.startswith(".") or model.count("/") > 1
    if local and not Path(model).is_dir():
        return "There is no such folder; it should hold config.json and model.safetensors."
    return None
