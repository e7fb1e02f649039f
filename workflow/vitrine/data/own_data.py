"""What the sections `data` of all domains have in common: where a user's data are."""

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.section import Section


def _inside(path: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise PydanticCustomError(
            "config",
            "Leads out of the project; put the data, or a link to them, into its folder `data`",
        )
    return path


def _on_the_hub(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", name):
        raise PydanticCustomError(
            "config",
            "Not a name on the Hugging Face Hub, such as `owner/name`; for a file or an address "
            "write `source: file`",
        )
    return name


DataPath = Annotated[str, Field(min_length=1), AfterValidator(_inside)]
Column = Annotated[str, Field(min_length=1)]
LABEL = Field(
    default="label",
    description="Column with the class of a row; of images only on the `hub`, elsewhere folders "
    "name the classes.",
)
ID = Field(
    default=None,
    description="Column that names a row; no name may stand twice. The model does not see it.",
)
SPLIT = Field(
    default=None,
    description="Column that says `train`, `validation` or `test`, for a split of kind `given`. "
    "Without validation rows these are drawn from the training rows. On the `hub` the dataset's "
    "own splits count unless this is stated.",
)
POSITIVE = Field(
    default=None,
    description="Of two classes the one to detect, which figures such as AUC refer to; by default "
    "the second in the alphabet.",
)


class HubSplits(Section):
    """Splits of a dataset on the Hub, by what they are used for."""

    train: Column | None = Field(default=None, description="The split to learn from.")
    validation: Column | None = Field(
        default=None, description="The split that stops the training and chooses the scale."
    )
    test: Column | None = Field(default=None, description="The split to test on.")


class OwnData(Section):
    """Where the data are. The section of a domain adds what they are, under ``domain``."""

    if TYPE_CHECKING:
        domain: Any

    file: DataPath | None = Field(
        default=None,
        description="Where the data are, from the project's folder: a file .csv, .tsv, .jsonl (one "
        "object per line) or .parquet, UTF-8; of images a folder with a folder per class, or .npz. "
        "For the source `file`.",
    )
    url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Where to fetch `file` from if it is not there. Needs `sha256`.",
    )
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        validate_default=True,
        description="What `sha256sum` prints for `file`; other content stops the run.",
    )
    hub: Annotated[str, AfterValidator(_on_the_hub)] | None = Field(
        default=None,
        validate_default=True,
        description="Name of a dataset on the Hugging Face Hub, `owner/name`. Its Parquet, CSV, "
        "TSV or JSON Lines files are read, or else those that the Hub has converted it to; code "
        "of a dataset is never run. For the source `hub`.",
    )
    revision: str | None = Field(
        default=None,
        min_length=1,
        description="Branch, tag or commit of the dataset. Only a commit gives the same rows for "
        "ever; without one the newest is taken, and the data sheet and the log say which it was.",
    )
    subset: str | None = Field(
        default=None,
        min_length=1,
        description="Which subset (configuration) of the dataset, where it has several.",
    )
    splits: HubSplits | None = Field(
        default=None,
        description="Which of the dataset's splits are `train`, `validation` and `test`; by "
        "default those that are called so. A split has one use. A test split without labels cannot "
        "be used: `{test: validation}` tests on the labelled one, and validation rows are drawn "
        "from the training rows.",
    )

    @field_validator("url")
    @classmethod
    def _fetches_a_file(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is not None and info.data.get("file", "") is None:
            raise PydanticCustomError("config", "Missing is `file`, where what is fetched goes")
        return url

    @field_validator("sha256")
    @classmethod
    def _of_what_is_fetched(cls, digest: str | None, info: ValidationInfo) -> str | None:
        if digest is None and info.data.get("url") is not None:
            raise PydanticCustomError(
                "config", "Missing; without it nobody can tell whether `url` gave the right file"
            )
        return digest

    @field_validator("hub")
    @classmethod
    def _one_place(cls, hub: str | None, info: ValidationInfo) -> str | None:
        if hub is not None and (info.data.get("file") or info.data.get("sha256")):
            raise PydanticCustomError(
                "config",
                "The data are in one place: state `hub` with `revision`, or `file` with `sha256`",
            )
        if hub is None and info.data.get("file", "") is None:
            raise PydanticCustomError(
                "config", "Missing; state where the data are, with `file` or `hub`"
            )
        return hub

    @field_validator("revision", "subset", "splits")
    @classmethod
    def _of_the_hub(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and info.data.get("hub", "") is None:
            raise PydanticCustomError("config", "Only a dataset on the `hub` has this")
        return value
