"""Which column is the label: candidates with their reasons, best first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from vitrine.data.proposing.columns import Seen
from vitrine.data.readers.arrow_types import ONE_VALUE, described
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import LEAST_ROWS, looks_like_amounts
from vitrine.hints import nearest

# Names that say it, and parts of names that suggest it.
_NAMES = (
    *(
        "label",
        "labels",
        "target",
        "y",
        "class",
        "outcome",
        "default",
        "churn",
        "fraud",
        "response",
    ),
    *("sentiment", "diagnosis", "survived", "category", "topic", "result", "decision", "approved"),
    *("attrition", "spam", "defaulted", "churned"),
)
_PARTS = {
    *("label", "target", "class", "outcome", "default", "churn", "churned", "fraud", "response"),
    *("sentiment", "bad", "delinquent", "result", "y"),
}
_AMOUNTS = {"price", "salary", "amount", "cost", "wage", "income", "value", "sales", "revenue"}
# People are described by these; they are rarely what is to be predicted.
_DESCRIPTIONS = {"sex", "gender", "marital", "married", "status", "race", "region", "zone", "judge"}
_OUTCOMES = (
    {"yes", "no"},
    {"y", "n"},
    {"true", "false"},
    {"good", "bad"},
    {"pos", "neg"},
    {"positive", "negative"},
    {"low", "high"},
    {"0", "1"},
    {"-1", "1"},
)
_FEW, _MANY = 20, 255


@dataclass
class Candidate:
    """A column that may be the label.

    Attributes:
        column: the column.
        regression: whether its values are amounts, so that a regression is meant.
        reasons: why it may be the label.
        score: how much speaks for it.
    """

    column: Seen
    regression: bool
    reasons: list[str] = field(default_factory=list)
    score: float = 0.0

    def __str__(self) -> str:
        return f"`{self.column.name}` ({', '.join(self.reasons)})"

    def count(self, points: float, reason: str) -> None:
        """Add what speaks for the column, or against it."""
        self.score += points
        self.reasons.append(reason)


def label_candidates(columns: Sequence[Seen], features: Sequence[str] = ()) -> list[Candidate]:
    """Rank the columns that may be the label.

    Args:
        columns: all columns, in the order of the file.
        features: columns that have another role, such as the text.
    """
    ranked = []
    free = [column for column in columns if column.name not in features]
    for place, column in enumerate(free):
        candidate = _judged(column, first=place == 0, last=place == len(free) - 1)
        if candidate is not None:
            ranked.append(candidate)
    return sorted(ranked, key=lambda each: -each.score)


def chosen_label(
    place: object, columns: Sequence[Seen], features: Sequence[str], wish: str | None
) -> tuple[Candidate, list[Candidate]]:
    """The label, and what else might be it.

    Raises:
        BadDataError: no column can be a label, the wished one is not there or cannot be used, or
            the best one means a regression.
    """
    ranked = label_candidates(columns, features)
    if wish is not None:
        names = [column.name for column in columns]
        if wish not in names:
            raise BadDataError(place, f"There is no column `{wish}`. {nearest(wish, names)}")
        chosen = next((each for each in ranked if each.column.name == wish), None)
        if chosen is None:
            raise BadDataError(place, _unusable(columns[names.index(wish)]), column=wish)
        chosen.reasons.insert(0, "as stated")
    elif (named := _named_unusable(columns, ranked, features)) is not None:
        raise BadDataError(place, _unusable(named), column=named.name)
    elif not ranked:
        raise BadDataError(
            place,
            f"No column looks like a label, with 2 to {_MANY} values of {LEAST_ROWS} rows or more. "
            "Name it with LABEL=... (`--label`).",
        )
    else:
        chosen = ranked[0]
    others = [each for each in ranked if each is not chosen]
    if chosen.regression:
        classes = [each for each in others if not each.regression]
        advice = (
            f" For a classification name another column, such as {_listed(classes)}, with "
            "LABEL=... (`--label`), or group the values into classes."
            if classes
            else " Group the values into classes."
        )
        raise BadDataError(
            place,
            f"The label seems to be {chosen}, which is not supported.{advice}",
            column=chosen.column.name,
        )
    return chosen, others


def _named_unusable(
    columns: Sequence[Seen], ranked: Sequence[Candidate], features: Sequence[str]
) -> Seen | None:
    """A column that is called a label and cannot be one, where no other is called so."""
    named = [
        column
        for column in columns
        if column.name.casefold() in _NAMES and column.name not in features
    ]
    usable = {candidate.column.name for candidate in ranked}
    if any(column.name in usable and column.kind != "unreadable" for column in named):
        return None
    return named[0] if named else None


def _listed(candidates: Sequence[Candidate]) -> str:
    return ", ".join(f"`{each.column.name}`" for each in candidates[:3])


def _unusable(column: Seen) -> str:
    if column.kind == "unreadable":
        several = described(column.raw) == "lists"
        return f"It cannot be the label. {ONE_VALUE if several else ' '.join(column.notes)}"
    kinds = column.classes
    if column.kind in ("empty", "date") or kinds < 2:
        why = {"empty": "it is empty", "date": "it holds dates"}.get(
            column.kind, "it has one value"
        )
    elif kinds > _MANY:
        why = f"it has {kinds:,} values, more than {_MANY}"
    else:
        why = f"it has {kinds:,} values, of which some have fewer than {LEAST_ROWS} rows"
    return (
        f"It cannot be the label: {why}. Correct it, or name another column with LABEL=... "
        "(`--label`)."
    )


def _judged(column: Seen, *, first: bool, last: bool) -> Candidate | None:
    """A column as a candidate; None if it can be neither classes nor amounts."""
    if column.kind in ("date", "empty", "unreadable"):
        return None
    labels = column.labels
    counts = labels.value_counts()
    kinds = len(counts)
    name = column.name.strip().casefold()
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.name).casefold()
    parts = set(re.split(r"[^a-z0-9]+", words))
    usable = 2 <= kinds <= _MANY and counts.iloc[-1] >= LEAST_ROWS
    regression = column.kind == "number" and (
        looks_like_amounts(labels) or (kinds > _FEW and not usable)
    )
    if not (usable or regression):
        return None
    candidate = Candidate(column, regression)
    if name in _NAMES:
        candidate.count(100, "its name")
    elif parts & _PARTS:
        candidate.count(50, "its name")
    if last:
        candidate.count(15, "the last column")
    elif first:
        candidate.count(12, "the first column")
    if regression:
        candidate.count(10 if parts & _AMOUNTS else 0, f"{kinds:,} different numbers: a regression")
        # Most tables have columns of numbers; only the last one, or its name, makes it the label.
        candidate.score -= 0 if name in _NAMES or last else 40
        return candidate
    candidate.count(20 if kinds == 2 else 5 if kinds <= _FEW else 0, f"{kinds:,} values")
    if kinds == 2 and {*map(str.casefold, counts.index)} in [*_OUTCOMES]:
        candidate.score += 10
    if parts & _DESCRIPTIONS and name not in _NAMES:
        candidate.score -= 30
    # Of numbers, small ones are often counts.
    if column.kind == "number" and kinds > 2:
        candidate.score -= 10
    return candidate


def one_hot(columns: Sequence[Seen]) -> list[str]:
    """Three columns or more of 0 and 1, of which exactly one is 1 in every row."""
    binary = [
        column
        for column in columns
        if column.kind == "number"
        and column.values is not None
        and {*column.values.dropna().unique()} == {0, 1}
    ]
    if len(binary) < 3:
        return []
    table = pd.concat([column.values for column in binary if column.values is not None], axis=1)
    return [column.name for column in binary] if (table.sum(axis=1) == 1).all() else []
