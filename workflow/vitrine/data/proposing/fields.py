"""What is said and stated about the fields of a table."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from vitrine.data.proposing.columns import Seen, Table
from vitrine.data.proposing.leaks import leak_of

_MANY_VALUES = 50
_NUMBER_OF = r"\d{16,}"
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
            yield f"`{name}` {why}; it is dropped."
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
    """Whether the values are names or whole numbers; measured ones have fractions."""
    if column.kind == "category":
        return True
    return (
        column.kind == "number"
        and column.values is not None
        and bool((column.values.dropna() % 1 == 0).all())
    )


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
