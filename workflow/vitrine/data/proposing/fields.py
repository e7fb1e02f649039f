"""What is said and stated about the fields of a table."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from vitrine.data.proposing.columns import Seen, Table
from vitrine.data.proposing.leaks import leak_of
from vitrine.data.readers.bad import BadDataError

_MANY_VALUES = 50
_NUMBER_OF = r"\d{16,}"
_WHOLE = r"[+-]?\d+(?:[.,]0*)?"
# A category that has another value in nearly every row is a name or a free text.
_NEARLY_ALL = 0.9


def describe_fields(
    table: Table, columns: Sequence[Seen], labels: pd.Series, data: dict[str, Any]
) -> Iterator[str]:
    """Say what each field is, and add to ``data`` what a run needs: drop, numeric, missing ...

    Args:
        table: the whole table.
        columns: its fields.
        labels: the classes of the rows; NaN where there is none.
        data: the section ``data`` of the proposal.

    Raises:
        BadDataError: as in a run, for a cell that cannot be read.
    """
    labelled = labels.notna()
    dropped = []
    for column in columns:
        name = column.name
        why = _useless(column)
        if why is not None:
            dropped.append(name)
            yield f"`{name}` {why}; it is dropped.{_undecided(column)}"
            continue
        yield _described(column)
        if column.values is not None:
            leak = leak_of(column.values[labelled], labels[labelled])
            if leak is not None:
                yield f"Warning: `{name}` {leak}. Known only afterwards? Drop it."
    kept = [column for column in columns if column.name not in dropped]
    yield from _stated(table, kept, data)
    if dropped:
        data["drop"] = dropped
    doubled = int(
        pd.concat([column.raw.astype("str") for column in kept] + [labels], axis=1)
        .duplicated()
        .sum()
        if kept
        else 0
    )
    if doubled:
        yield f"Warning: {doubled:,} rows repeat others and may be in training and test alike."


def check_left(place: object, columns: Sequence[Seen]) -> None:
    """Refuse a table whose fields would all be dropped.

    Raises:
        BadDataError: if so; says why.
    """
    reasons = [_useless(column) for column in columns]
    if columns and None not in reasons:
        why = " ".join(
            f"`{column.name}` {reason}.{_undecided(column)}"
            for column, reason in zip(columns, reasons, strict=True)
        )
        raise BadDataError(place, f"No column beside the label tells anything. {why}")


def _undecided(column: Seen) -> str:
    """What a run would say of a column for which something must be stated."""
    return "".join(f" {note}" for note in column.notes) if column.stated else ""


def _useless(column: Seen) -> str | None:
    """Why a model can learn nothing from a field."""
    if column.kind == "empty":
        return "is empty"
    if column.error is not None and column.error.row is not None:
        raise column.error
    if column.values is None:
        return f"cannot be read ({column.notes[0]})"
    if column.kind == "category" and column.values.dropna().str.fullmatch(_NUMBER_OF).all():
        return "looks like a number of an account or a document"
    kinds = column.values.nunique()
    if kinds <= 1 and not column.values.isna().any():
        return "says nothing, it is the same everywhere"
    if kinds == 0:
        return "is empty"
    if kinds == len(column.values) and _counts_or_names(column):
        return "looks like an identifier, another in every row"
    if column.kind == "category" and kinds > max(_MANY_VALUES, _NEARLY_ALL * len(column.values)):
        return f"looks like a name or a free text, {kinds:,} different values"
    return None


def _counts_or_names(column: Seen) -> bool:
    """Whether the values are names, or written as whole numbers: amounts and times are not."""
    if column.kind == "category" or pd.api.types.is_integer_dtype(column.raw):
        return True
    if column.kind != "number" or not pd.api.types.is_string_dtype(column.raw):
        return False
    return bool(column.raw.dropna().str.strip().str.fullmatch(_WHOLE).all())


def _described(column: Seen) -> str:
    if column.values is None:
        return f"`{column.name}` {column.notes[0]}"
    kinds = column.values.nunique()
    kind = {"number": "a number", "date": "a date"}.get(column.kind, f"one of {kinds:,} values")
    missing = f", {column.missing:.1%} missing" if column.missing else ""
    many = ""
    if column.kind == "category" and kinds > _MANY_VALUES:
        many = " Warning: many values are rare; group them if you can."
    notes = "".join(f" {note}" for note in column.notes)
    return f"`{column.name}` is {kind}{missing}.{notes}{many}"


def _stated(table: Table, columns: Sequence[Seen], data: dict[str, Any]) -> Iterator[str]:
    """Put into ``data`` how undecided columns are read, and say so."""
    for key in ("numeric", "categorical"):
        names = [column.name for column in columns if key in column.stated]
        if names:
            data[key] = names
            kind = "numbers" if key == "numeric" else "categories"
            yield f"Warning: read as {kind}, please check: {', '.join(names)} (`data: {key}`)."
    if table.decimal == ",":
        data["decimal"] = ","
        yield "Numbers have a decimal comma (`data: decimal`)."
    dates = {c.name: c.stated["dates"] for c in columns if "dates" in c.stated}
    if dates:
        data["dates"] = dates
        yield (
            "Warning: these dates may be day first or month first, please check: "
            f"{', '.join(f'{name} ({order})' for name, order in dates.items())} (`data: dates`)."
        )
    if table.missing:
        data["missing"] = [*table.missing]
        words = ", ".join(table.missing)
        yield f"These words are taken for an empty cell: {words} (`data: missing`)."
