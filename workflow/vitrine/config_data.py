"""The part of the configuration that describes a user's own data."""

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.config_section import Section, unique


def _inside(path: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise PydanticCustomError(
            "config",
            "Leads out of the project; put the data, or a link to them, into its folder `data`",
        )
    return path


DataPath = Annotated[str, Field(min_length=1), AfterValidator(_inside)]
Column = Annotated[str, Field(min_length=1)]
_Distinct = [Field(json_schema_extra={"uniqueItems": True}), AfterValidator(unique)]

_DOMAIN = Field(
    description="What a row is: a `text`, a row of a `table`, an `image`, or an event of a user's "
    "history (`sequence`)."
)
_LABEL = Field(default="label", description="Column with the class of a row.")
_ID = Field(
    default=None,
    description="Column that names a row; no name may stand twice. The model does not see it.",
)
_SPLIT = Field(
    default=None,
    description="Column that says `train`, `validation` or `test`, for a split of kind `given`. "
    "Without validation rows these are drawn from the training rows.",
)
_POSITIVE = Field(
    default=None,
    description="Of two classes the one to detect, which figures such as AUC refer to; by default "
    "the second in the alphabet.",
)


class _File(Section):
    """Where the data are and what they are."""

    file: DataPath = Field(
        description="Where the data are, from the project's folder: a file .csv, .tsv, .jsonl (one "
        "object per line) or .parquet, UTF-8; of images a folder with a folder per class, or .npz."
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

    @field_validator("sha256")
    @classmethod
    def _of_what_is_fetched(cls, digest: str | None, info: ValidationInfo) -> str | None:
        if digest is None and info.data.get("url") is not None:
            raise PydanticCustomError(
                "config", "Missing; without it nobody can tell whether `url` gave the right file"
            )
        return digest


class TextData(_File):
    """A text and its class in every row."""

    domain: Literal["text"] = _DOMAIN
    text: Column = Field(default="text", description="Column with the text.")
    label: Column = _LABEL
    id: Column | None = _ID
    split: Column | None = _SPLIT
    positive: str | None = _POSITIVE


class TableData(_File):
    """Fields and a class in every row."""

    domain: Literal["table"] = _DOMAIN
    label: Column = _LABEL
    id: Column | None = _ID
    split: Column | None = _SPLIT
    positive: str | None = _POSITIVE
    drop: Annotated[list[Column], *_Distinct] = Field(
        default=[],
        description="Columns that the model must not see, such as numbers of customers or what "
        "became known after the decision.",
    )
    numeric: Annotated[list[Column], *_Distinct] = Field(
        default=[],
        description="Columns that are numbers although the file has text in them; what is no "
        "number stops the run.",
    )
    categorical: Annotated[list[Column], *_Distinct] = Field(
        default=[],
        description="Columns whose numbers are codes and mean no amount.",
    )


class SequenceData(_File):
    """An event in every row: a user met an item at a time."""

    domain: Literal["sequence"] = _DOMAIN
    user: Column = Field(default="user", description="Column that says whose history it is.")
    item: Column = Field(default="item", description="Column with the item, such as a film.")
    timestamp: Column = Field(
        default="timestamp", description="Column with the time, as a date or seconds since 1970."
    )
    title: Column | None = Field(
        default=None, description="Column with the item's readable name; by default the item."
    )
    rating: Column | None = Field(
        default=None, description="Column with a number that the model sees with every item."
    )


class ImageData(_File):
    """Grey images of one size; coloured ones become grey."""

    domain: Literal["image"] = _DOMAIN
    size: int | None = Field(
        default=None,
        ge=2,
        le=64,
        description="Side in pixels to which images are scaled; without it they must be square "
        "and of one size.",
    )
    patch: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Side in pixels of the patches that the model sees; must divide the image's. "
        "Time grows with the square of the number of patches; 16 to 64 show what matters.",
    )


OwnData = Annotated[
    TextData | TableData | SequenceData | ImageData,
    Field(discriminator="domain"),
]
