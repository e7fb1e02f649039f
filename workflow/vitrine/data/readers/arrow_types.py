"""Columns of Arrow as columns of pandas, without loss: text, numbers or dates.

Every type that Arrow has is named here; one that is neither stays as it is and is refused where it
is used, by its name.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vitrine.data.readers.bad import BadDataError

# Larger whole numbers are not all floats, so they are identifiers.
LARGEST_WHOLE = 2**53
_SECONDS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
ONE_VALUE = (
    "A row has several values, such as several labels, which is not supported: write a row for "
    "each, or a column for each and choose one."
)


def as_text(path: Path, name: str, column: pa.ChunkedArray) -> pd.Series:
    """A column as text: numbers in their shortest form, so that 1 and 1.0 are the same.

    Raises:
        BadDataError: the column is nested or holds bytes.
    """
    kind = column.type
    column = _decoded(column)
    if pa.types.is_nested(column.type) or _is_bytes(column.type):
        several = f" {ONE_VALUE}" if _is_list(column.type) else ""
        raise BadDataError(path, f"Not text but {kind}.{several}", column=name)
    if _is_text(column.type):
        return _text(column).rename(name)
    if pa.types.is_floating(column.type):
        numbers = column.cast(pa.float64()).to_pandas()
        present = numbers.dropna()
        if (present % 1 == 0).all() and (present.abs() < LARGEST_WHOLE).all():
            return numbers.astype("Int64").astype("str").where(numbers.notna()).rename(name)
        return numbers.map(repr).astype("str").where(numbers.notna()).rename(name)
    if pa.types.is_decimal(column.type):
        texts = column.to_pandas().map(lambda value: format(value.normalize(), "f"), "ignore")
        return texts.astype("str").rename(name)
    if pa.types.is_duration(column.type):
        return as_text(path, name, pa.chunked_array([pa.array(_seconds(column), pa.float64())]))
    try:
        return _text(column.cast(pa.string())).rename(name)
    except pa.ArrowException:
        raise BadDataError(path, f"Not text but {kind}.", column=name) from None


def as_values(name: str, column: pa.ChunkedArray) -> pd.Series:
    """A column by its type.

    Returns:
        Text (also ``true`` and ``false``, and whole numbers that no float holds) as ``str``;
        numbers as ``int64`` or ``float64``; dates and times with dates as ``datetime64[us]`` in
        UTC without a time zone; times of day and durations as seconds, ``float64``. What is nested
        or bytes stays as Python objects; see `described`.
    """
    column = _decoded(column)
    kind = column.type
    convert = next((convert for test, convert in _CONVERSIONS if test(kind)), None)
    if convert is None:
        return column.to_pandas().astype(object).rename(name)
    return convert(column).rename(name)


def described(values: pd.Series) -> str:
    """What the cells of a column of Python objects are, for messages."""
    present = values.dropna()
    first = present.iloc[0] if len(present) else None
    if isinstance(first, list | tuple | np.ndarray):
        return "lists"
    if isinstance(first, dict):
        return "nested objects"
    return "bytes" if isinstance(first, bytes | bytearray) else type(first).__name__


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without dictionaries, runs, extensions and views of the values."""
    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array(
            [chunk.storage for chunk in column.chunks], column.type.storage_type
        )
    if pa.types.is_dictionary(column.type):
        return _decoded(column.cast(column.type.value_type))
    if pa.types.is_run_end_encoded(column.type):
        return _decoded(pa.chunked_array([pc.run_end_decode(chunk) for chunk in column.chunks]))
    if pa.types.is_string_view(column.type) or pa.types.is_large_string(column.type):
        return column.cast(pa.large_string())
    return column


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_binary_view(kind)
    )


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )


def _text(column: pa.ChunkedArray) -> pd.Series:
    return pd.Series(column.to_pandas(), dtype="str")


def _of_numbers(column: pa.ChunkedArray) -> pd.Series:
    if pa.types.is_null(column.type) or pa.types.is_floating(column.type):
        return column.cast(pa.float64()).to_pandas()
    extremes = pc.min_max(column).as_py()
    if any(abs(each) > LARGEST_WHOLE for each in extremes.values() if each is not None):
        return _text(column.cast(pa.string()))
    if column.null_count:
        return column.cast(pa.float64()).to_pandas()
    return column.cast(pa.int64()).to_pandas()


def _of_decimals(column: pa.ChunkedArray) -> pd.Series:
    values = column.to_pandas()
    numbers = values.astype("float64")
    if column.type.scale <= 0 and (numbers.abs() > LARGEST_WHOLE).any():
        return values.map(lambda value: format(value, "f"), "ignore").astype("str")
    return numbers


def _of_dates(column: pa.ChunkedArray) -> pd.Series:
    # In UTC, as Arrow keeps them; the zone says only how to write them.
    times = column.cast(pa.timestamp("us", getattr(column.type, "tz", None)), safe=False)
    missing = np.iinfo(np.int64).min
    return pd.Series(times.cast(pa.int64()).fill_null(missing).to_numpy().view("datetime64[us]"))


def _seconds(column: pa.ChunkedArray) -> np.ndarray:
    """Times of day or durations as seconds, float64 [n]; NaN where missing."""
    unit = column.type.unit
    whole = column.cast(pa.int32() if column.type.bit_width == 32 else pa.int64())
    # Not safe, since more than 2**53 nanoseconds (104 days) are rounded.
    values: np.ndarray = whole.cast(pa.float64(), safe=False).to_numpy() / _SECONDS[unit]
    return values


_CONVERSIONS: tuple[
    tuple[Callable[[pa.DataType], bool], Callable[[pa.ChunkedArray], pd.Series]], ...
] = (
    (_is_text, _text),
    # As categories, since a missing one has no place among the numbers 0 and 1.
    (pa.types.is_boolean, lambda column: _text(column.cast(pa.string()))),
    (pa.types.is_decimal, _of_decimals),
    (
        lambda kind: pa.types.is_integer(kind) or pa.types.is_floating(kind) or kind == pa.null(),
        _of_numbers,
    ),
    (lambda kind: pa.types.is_date(kind) or pa.types.is_timestamp(kind), _of_dates),
    (
        lambda kind: pa.types.is_time(kind) or pa.types.is_duration(kind),
        lambda column: pd.Series(_seconds(column)),
    ),
)
