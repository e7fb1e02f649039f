"""Settings of pretrained models. Light: the configuration imports this."""

import importlib.util
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vitrine.section import Section, unique

# Prefix for the name of a Python package that contains a model.
PACKAGE = "package:"
# Requirements file with the packages that the configurations of this project name.
REQUIREMENTS = "requirements-pretrained.txt"

# Risks that a user accepts.
Allow = Annotated[
    list[Literal["pickle", "remote_code"]],
    Field(json_schema_extra={"uniqueItems": True}),
    AfterValidator(unique),
]


class PretrainedSettings(Section):
    """A pretrained model."""

    model: str = Field(
        min_length=1,
        description="A name on the Hugging Face Hub, a local folder, or `package:<name>` for a "
        "Python package that contains a model. Encoders (BERT, DistilBERT, RoBERTa, MiniLM) suit "
        "texts, vision transformers (ViT, DeiT) images.",
    )
    revision: str | None = Field(
        default=None,
        description="Branch, tag or commit on the Hub. Only a commit pins the weights permanently.",
    )
    head: Literal["new", "own"] = Field(
        default="new",
        description="Classification head: `new` trains a new linear head; `own` uses the head of "
        "the model, whose labels must be the classes of the study.",
    )
    readout: Literal["mean", "start"] = Field(
        default="mean",
        description="Hidden state that a new head reads: the `mean` over all tokens, or the "
        "`start` token, depending on how the model was pretrained. The model's own head reads "
        "its usual state.",
    )
    tuned_layers: int | None = Field(
        default=0,
        ge=0,
        description="Number of last layers that are fine-tuned together with the head. 0 trains "
        "only the head and is cheap; 2 to 4 usually improve the metric clearly; null trains all "
        "layers and the embeddings. With `head: own`, 0 leaves the model unchanged.",
    )
    allow: Allow = Field(
        default=[],
        description="Risks that you accept: `pickle` for weights in pickle files, which can run "
        "any code when they are loaded, and `remote_code` for Python files that come with the "
        "model.",
    )


def missing(model: str) -> str | None:
    """An error message if a local model is missing, None if it exists or can be downloaded.

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
        return "There is no such folder; it must contain config.json and model.safetensors."
    return None
