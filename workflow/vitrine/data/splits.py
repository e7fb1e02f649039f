"""Deterministic splits of canonical tables into train, validation and test."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from vitrine.data.domains.domain import Domain
from vitrine.data.settings import Split
from vitrine.seeds import derive

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Prepared:
    """The tables of a study."""

    splits: dict[str, pd.DataFrame]
    duplicates_dropped: int
    """Rows left out because another row has the same text."""
    items: pd.DataFrame | None = None
    """Histories: one row per item."""


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
            end = start + round(share * len(rows))
            drawn[rows[start:end]] = name
            start = end
    return drawn


def split_table(table: pd.DataFrame, domain: Domain, settings: Split) -> Prepared:
    """Split a canonical table as the study's ``split`` settings say.

    Args:
        table: canonical table of a source.
        domain: its domain. Of rows with the same `Domain.duplicate_keys` one is used (in the given
            test set if it stands there), so no text is in two splits.
        settings: ``random`` draws the shares ``validation`` and ``test`` by label, ``given`` keeps
            the test and validation rows of the source, or draws the share ``validation`` of the
            others where it has none, ``leave_one_out`` splits histories.

    Returns:
        The splits with a column ``instance``: the row of the canonical table, or the user.
    """
    if settings.kind == "leave_one_out":
        return split_histories(table)
    frame = table.assign(instance=np.arange(len(table)))
    # Rows are taken out once, at the end: large texts should not stand in memory three times.
    duplicate = _duplicates(frame, domain)
    rows = np.arange(len(frame)) if duplicate is None else np.flatnonzero(~duplicate)
    if settings.kind == "given":
        drawn = frame["given"].iloc[rows].to_numpy(dtype=object)
        shares = {"validation": settings.validation}
        free = drawn == "train" if not (drawn == "validation").any() else np.zeros(len(drawn), bool)
    else:
        drawn = np.full(len(rows), "test", dtype=object)
        shares = {"test": settings.test, "validation": settings.validation}
        free = np.ones(len(rows), dtype=bool)
    drawn[free] = by_label(frame["label"].iloc[rows[free]], shares, settings.seed)
    names = [name for name in frame if name not in ("instance", "given", "product")]
    frame = frame[["instance", *names]]
    splits = {name: frame.iloc[rows[drawn == name]] for name in SPLITS}
    dropped = len(table) - len(rows)
    return Prepared({name: part.reset_index(drop=True) for name, part in splits.items()}, dropped)


def _duplicates(frame: pd.DataFrame, domain: Domain) -> np.ndarray | None:
    """Which rows repeat another one that is used, best one of a given test set; bool [n].

    None where rows of the domain may repeat.
    """
    same = domain.duplicate_keys(frame)
    if same is None:
        return None
    keys = pd.Series([hashlib.blake2b(key.encode(), digest_size=16).digest() for key in same])
    of_test = frame["given"] == "test" if "given" in frame else np.zeros(len(frame), dtype=bool)
    order = np.argsort(~of_test, kind="stable")
    return keys.iloc[order].duplicated().sort_index().to_numpy()


def split_histories(table: pd.DataFrame) -> Prepared:
    """Leave one out: a user's last item is the test target, the one before the validation target.

    Ratings of one user that bear the same second are put in random order: the source lists them by
    item number, an order that says nothing about the user but could be learned. The times are kept:
    training draws another order of such items in every epoch.

    Returns:
        Splits with columns ``instance`` (the user), ``films``, ``ratings``, ``timestamps`` (s since
        1970), ``target`` (an item number; null in ``train``).
    """
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
    return Prepared(splits, 0, items.reset_index(drop=True))
