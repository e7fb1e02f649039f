"""Deterministic splits of canonical tables into train, validation and test."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from vitrine.data.domains.domain import Domain
from vitrine.data.readers.bad import BadDataError
from vitrine.data.settings import GivenSplit, RandomSplit, Split
from vitrine.seeds import derive

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Prepared:
    """The tables of a study.

    Attributes:
        splits: ``train``, ``validation`` and ``test``.
        duplicates_dropped: rows left out because another row has the same text.
        contradicting: of these, how many bear another label than a row of the same text.
        items: histories: one row per item.
    """

    splits: dict[str, pd.DataFrame]
    duplicates_dropped: int
    contradicting: int = 0
    items: pd.DataFrame | None = None


def by_label(labels: pd.Series, shares: dict[str, float], seed: int) -> np.ndarray:
    """Draw splits at random within each class, so that all keep the class balance.

    Args:
        labels: n class names.
        shares: share of each split in the rows; the rest is ``train``.
        seed: seed of the draw.

    Returns:
        The split's name of each row, str [n].
    """
    rng = np.random.default_rng(derive(seed, "split"))
    drawn = np.full(len(labels), "train", dtype=object)
    for label in sorted(labels.unique()):
        rows = rng.permutation(np.flatnonzero(labels == label))
        start = 0
        for name, share in shares.items():
            # A rare class needs a row in each split.
            end = start + max(1, round(share * len(rows)))
            drawn[rows[start:end]] = name
            start = end
    return drawn


def split_table(
    table: pd.DataFrame,
    domain: Domain,
    settings: Split,
    *,
    contradictions: str = "first",
    place: object = "the data",
) -> Prepared:
    """Split a canonical table as the study's ``split`` settings say.

    Args:
        table: canonical table of a source.
        domain: its domain. Of rows with the same `Domain.duplicate_keys` one is used (in the given
            test set if it stands there), so no text is in two splits.
        settings: ``random`` draws the shares ``validation`` and ``test`` by label, ``given`` keeps
            the test and validation rows of the source, or draws the share ``validation`` of the
            others where it has none, ``leave_one_out`` splits histories.
        contradictions: what becomes of rows with the same key and different labels: the ``first``
            is used, all are ``leave_out``, or the run is to ``stop``.
        place: where the table comes from, for messages.

    Returns:
        The splits with a column ``instance``: the row of the canonical table, or the user.

    Raises:
        BadDataError: a split has no rows, or none of a class; or there are contradictions and the
            run is to stop.
    """
    if settings.kind == "leave_one_out":
        return split_histories(table)
    frame = table.assign(instance=np.arange(len(table)))
    # Rows are taken out once, at the end: large texts should not stand in memory three times.
    keys = _keys(frame, domain)
    dropped = np.zeros(len(frame), dtype=bool)
    contradicting = dropped
    if keys is not None:
        contradicting = _contradicting(keys, frame["label"], contradictions, place)
        dropped = _duplicates(keys, frame) | (contradicting & (contradictions == "leave_out"))
    rows = np.flatnonzero(~dropped)
    drawn = _drawn(frame.iloc[rows], settings)
    names = [name for name in frame if name not in ("instance", "given")]
    frame = frame[["instance", *names]]
    splits = {name: frame.iloc[rows[drawn == name]] for name in SPLITS}
    _check(splits, table["label"], int(dropped.sum()), place)
    return Prepared(
        {name: part.reset_index(drop=True) for name, part in splits.items()},
        int(dropped.sum()),
        int((contradicting & dropped).sum()),
    )


def _drawn(frame: pd.DataFrame, settings: RandomSplit | GivenSplit) -> np.ndarray:
    """The split's name of each row, str [n]."""
    if settings.kind == "given":
        drawn = frame["given"].to_numpy(dtype=object).copy()
        shares = {"validation": settings.validation}
        free = drawn == "train" if not (drawn == "validation").any() else np.zeros(len(drawn), bool)
    else:
        drawn = np.full(len(frame), "test", dtype=object)
        shares = {"test": settings.test, "validation": settings.validation}
        free = np.ones(len(frame), dtype=bool)
    drawn[free] = by_label(frame["label"].iloc[np.flatnonzero(free)], shares, settings.seed)
    return drawn


def _check(splits: dict[str, pd.DataFrame], labels: pd.Series, dropped: int, place: object) -> None:
    """Every split needs a row of every class, or later stages have nothing to measure."""
    counts = labels.value_counts()
    left = {name: part["label"].value_counts() for name, part in splits.items()}
    for name in SPLITS:
        for label, count in sorted(counts.items()):
            if left[name].get(label, 0):
                continue
            used = sum(int(each.get(label, 0)) for each in left.values())
            gone = f", of which {count - used:,} are left out as duplicates" if dropped else ""
            raise BadDataError(
                place,
                f"The split {name} has no row of the class `{label}`. The class has {count:,} "
                f"rows{gone}. Add rows, join it with another class or leave it out, or draw the "
                "splits with `split: {kind: random}`.",
            )


def _keys(frame: pd.DataFrame, domain: Domain) -> pd.Series | None:
    """A digest of the `Domain.duplicate_keys`, bytes [n]; None where rows may repeat."""
    same = domain.duplicate_keys(frame)
    if same is None:
        return None
    return pd.Series([hashlib.blake2b(key.encode(), digest_size=16).digest() for key in same])


def _duplicates(keys: pd.Series, frame: pd.DataFrame) -> np.ndarray:
    """Which rows repeat another one that is used, best one of a given test set; bool [n]."""
    of_test = frame["given"] == "test" if "given" in frame else np.zeros(len(frame), dtype=bool)
    order = np.argsort(~of_test, kind="stable")
    return keys.iloc[order].duplicated().sort_index().to_numpy()


def _contradicting(
    keys: pd.Series, labels: pd.Series, contradictions: str, place: object
) -> np.ndarray:
    """Which rows share their key with a row of another label, bool [n]."""
    several = labels.reset_index(drop=True).groupby(keys).transform("nunique").to_numpy() > 1
    if contradictions == "stop" and several.any():
        row = int(np.flatnonzero(several)[0])
        other = int(
            np.flatnonzero((keys == keys[row]) & (labels.to_numpy() != labels.iloc[row]))[0]
        )
        raise BadDataError(
            place,
            f"The same text as in row {other + 1:,}, but with the label `{labels.iloc[row]}` "
            f"instead of `{labels.iloc[other]}`; {several.sum():,} rows contradict another (data: "
            "contradictions).",
            row=row + 1,
        )
    return several


def split_histories(table: pd.DataFrame) -> Prepared:
    """Leave one out: a user's last item is the test target, the one before the validation target.

    Events of one user at the same time keep the order of the column ``order``. Without it they are
    put in random order: the built-in source lists them by item number, an order that says nothing
    about the user but could be learned, and training draws another order in every epoch.

    Returns:
        Splits with columns ``instance`` (the user), ``films``, ``ratings``, ``timestamps`` (s since
        1970), ``target`` (an item number; null in ``train``).
    """
    if "order" in table:
        ordered = table.sort_values(["user", "timestamp", "order"])
    else:
        rng = np.random.default_rng(derive(0, "ties"))
        ordered = table.assign(tie=rng.random(len(table))).sort_values(["user", "timestamp", "tie"])
    users = ordered.groupby("user")
    histories = pd.DataFrame(
        {
            "films": users["film"].agg(list),
            "ratings": users["rating"].agg(list),
            "timestamps": users["timestamp"].agg(list),
        }
    )
    splits = {}
    for name, held_out in zip(SPLITS, (2, 2, 1), strict=True):
        frame = histories.map(lambda values, end=held_out: values[:-end]).reset_index()
        targets = histories["films"].str[-held_out].tolist()
        frame["target"] = pd.Series(
            [None] * len(frame) if name == "train" else targets, dtype="Int64"
        )
        splits[name] = frame.rename(columns={"user": "instance"})
    items = table[["film", "title", "year", "genres"]].drop_duplicates("film").sort_values("film")
    return Prepared(splits, 0, items=items.reset_index(drop=True))
