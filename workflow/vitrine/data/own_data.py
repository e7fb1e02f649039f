"""Settings that the sections `data` of all domains share: where a user's data are."""

import codecs
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.data.readers.form import Form, Quotes
from vitrine.section import Section

WITH_BRACES = "Braces in a path are wildcards of Snakemake; rename the file or the folder"


def has_braces(path: str) -> bool:
    """Whether Snakemake would take part of a path for a wildcard."""
    return "{" in path or "}" in path


def _inside(path: str) -> str:
    parts = PurePosixPath(path)
    if has_braces(path):
        raise PydanticCustomError("config", WITH_BRACES)
    if parts.is_absolute() or ".." in parts.parts:
        raise PydanticCustomError(
            "config",
            "Outside the project folder; put the data, or a link to them, into the folder `data`",
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


def _text_codec(name: str) -> str:
    try:
        codecs.lookup(name)
        "".encode(name)
    except LookupError:
        raise PydanticCustomError(
            "config",
            "Not an encoding that Python knows, such as `utf-8`, `windows-1252` or `gb18030`",
        ) from None
    return name


DataPath = Annotated[str, Field(min_length=1), AfterValidator(_inside)]
Column = Annotated[str, Field(min_length=1)]

LABEL = Field(
    default="label",
    description="Column with the class of a row. For images it applies only to datasets on the "
    "`hub`; elsewhere folders name the classes.",
)
ID = Field(
    default=None,
    description="Column that identifies a row; its values must be unique. The model does not see "
    "it.",
)
SPLIT = Field(
    default=None,
    description="Column with `train`, `validation` (or `val`, `valid`, `dev`) or `test`, for a "
    "split of kind `given`. "
    "Without validation rows, these are drawn from the training rows. A dataset on the `hub` "
    "uses its own splits unless this column is given.",
)
POSITIVE = Field(
    default=None,
    description="Positive class of a binary classification, to which metrics such as AUC refer. "
    "Default: the second class in alphabetical order.",
)


UNLABELLED: Any = Field(
    default="refuse",
    description="What happens to rows without a label: `refuse` stops the run at the first, "
    "`leave_out` leaves them out and counts them.",
)


class HubSplits(Section):
    """Splits of a dataset on the Hub, by their use."""

    train: Column | None = Field(default=None, description="Split for training.")
    validation: Column | None = Field(
        default=None, description="Split for early stopping and model selection."
    )
    test: Column | None = Field(default=None, description="Split for testing.")


class OwnData(Section):
    """Location of the data. The section of a domain adds its columns, and ``domain``."""

    if TYPE_CHECKING:
        domain: Any = None

    file: DataPath | None = Field(
        default=None,
        description="Path of the data, relative to the project folder: a .csv, .tsv, .jsonl (one "
        "object per line) or .parquet file; for images a folder with one subfolder per "
        "class, or an .npz file. For the source `file`.",
    )
    encoding: Annotated[str, AfterValidator(_text_codec)] | None = Field(
        default=None,
        description="Encoding of a .csv or .tsv file, such as `windows-1252`, `windows-1251`, "
        "`gb18030` or `shift_jis`. Default: UTF-8, or what the byte order mark of the file says.",
    )
    separator: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="Character between the cells of a .csv or .tsv file. Default: comma, "
        "semicolon, tab or vertical bar, whichever gives all rows the same number of cells.",
    )
    quotes: Quotes | None = Field(
        default=None,
        description="How a quote inside a quoted cell of a .csv or .tsv file is written: `double` "
        '(`""`) or `backslash`; `none` if quotes are part of the cells. Default: the first of '
        "these that fits the whole file.",
    )
    url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Address from which `file` is downloaded if it does not exist. Requires "
        "`sha256`.",
    )
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        validate_default=True,
        description="SHA-256 digest of `file`, as printed by `sha256sum`. A file with another "
        "digest stops the run.",
    )
    hub: Annotated[str, AfterValidator(_on_the_hub)] | None = Field(
        default=None,
        validate_default=True,
        description="Name of a dataset on the Hugging Face Hub, `owner/name`. Its Parquet, CSV, "
        "TSV or JSON Lines files are read, otherwise the Hub's own conversion to Parquet. Code "
        "in a dataset is never run. For the source `hub`.",
    )
    revision: str | None = Field(
        default=None,
        min_length=1,
        description="Branch, tag or commit of the dataset. Only a commit pins the rows "
        "permanently. Default: the newest commit, which is recorded in the data sheet and the "
        "log.",
    )
    subset: str | None = Field(
        default=None,
        min_length=1,
        description="Subset (configuration) of the dataset, if it has several.",
    )
    splits: HubSplits | None = Field(
        default=None,
        description="Which splits of the dataset serve as `train`, `validation` and `test`. "
        "Default: the splits with these names. Each split has one use. A test split without "
        "labels cannot be used: `{test: validation}` tests on the labelled validation split, and "
        "validation rows are then drawn from the training rows.",
    )

    @property
    def form(self) -> Form:
        """What is stated about a file of text."""
        return Form(self.encoding, self.separator, self.quotes)

    @field_validator("url")
    @classmethod
    def _fetches_a_file(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is not None and info.data.get("file", "") is None:
            raise PydanticCustomError(
                "config", "`file` is missing: the path to which `url` is downloaded"
            )
        return url

    @field_validator("sha256")
    @classmethod
    def _of_what_is_fetched(cls, digest: str | None, info: ValidationInfo) -> str | None:
        if digest is None and info.data.get("url") is not None:
            raise PydanticCustomError(
                "config", "Missing; without it the downloaded file cannot be verified"
            )
        return digest

    @field_validator("hub")
    @classmethod
    def _one_place(cls, hub: str | None, info: ValidationInfo) -> str | None:
        if hub is not None and (info.data.get("file") or info.data.get("sha256")):
            raise PydanticCustomError(
                "config",
                "Give one location: `hub` with `revision`, or `file` with `sha256`",
            )
        if hub is None and info.data.get("file", "") is None:
            raise PydanticCustomError(
                "config", "Missing; give the location of the data with `file` or `hub`"
            )
        return hub

    @field_validator("revision", "subset", "splits")
    @classmethod
    def _of_the_hub(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and info.data.get("hub", "") is None:
            raise PydanticCustomError("config", "Only a dataset on the `hub` has this")
        return value
