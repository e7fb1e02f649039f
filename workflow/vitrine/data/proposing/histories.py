"""Logs of events: who met what and when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vitrine.data.proposing.columns import Seen
from vitrine.data.proposing.wishes import Proposal, Wishes

_USERS = {
    *("user", "userid", "uid", "customer", "customerid", "client", "account", "member", "visitor"),
    *("who", "player", "student", "patient", "session", "sessionid", "buyer", "reviewer", "person"),
}
_ITEMS = {
    *("item", "itemid", "product", "productid", "sku", "film", "movie", "movieid", "book", "song"),
    *("track", "article", "page", "url", "game", "asin", "isbn", "course", "what", "video", "show"),
}
_TIMES = {"timestamp", "time", "date", "datetime", "when", "at", "ts", "day"}
_TITLES = {"title", "name"}
_RATINGS = {"rating", "score", "stars"}
# A history needs several events of a user, and items that several users meet.
_EVENTS = 3


@dataclass(frozen=True)
class Roles:
    """Columns of a log."""

    user: str
    item: str
    time: str


def history_roles(columns: Sequence[Seen], wishes: Wishes) -> Roles | None:
    """The columns of user, item and time; None if the table is no log of events."""
    names = {column.name for column in columns}
    used: set[str] = set()

    def find(wish: str | None, words: set[str], repeats: bool) -> str | None:
        if wish is not None:
            return wish if wish in names else None
        for column in columns:
            if column.name in used or not (_parts(column.name) & words):
                continue
            if not repeats or _repeats(column):
                used.add(column.name)
                return column.name
        return None

    user = find(wishes.user, _USERS, True)
    item = find(wishes.item, _ITEMS, True)
    time = find(wishes.time, _TIMES, False) or (None if wishes.time else _dated(columns, used))
    if user is None or item is None or time is None:
        return None
    return Roles(user, item, time)


def _parts(name: str) -> set[str]:
    """The words of a name, and the name without what parts them."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()
    parts = set(re.split(r"[^a-z0-9]+", split))
    return parts | {re.sub(r"[^a-z0-9]", "", split)}


def _repeats(column: Seen) -> bool:
    labels = column.labels
    return bool(len(labels) >= _EVENTS * labels.nunique() or labels.duplicated().sum() > 1)


def _dated(columns: Sequence[Seen], used: set[str]) -> str | None:
    return next((c.name for c in columns if c.kind == "date" and c.name not in used), None)


def propose_histories(columns: Sequence[Seen], roles: Roles, wishes: Wishes) -> Proposal:
    """A study of the next item of a history."""
    by_name = {column.name: column for column in columns}
    user, item, when = (by_name[name] for name in (roles.user, roles.item, roles.time))
    data: dict[str, Any] = {
        "domain": "sequence",
        "file": "",
        "user": roles.user,
        "item": roles.item,
        "timestamp": roles.time,
    }
    findings = [
        f"Histories: `{roles.user}` met `{roles.item}` at `{roles.time}`, by their names and since "
        "values repeat."
    ]
    if "dates" in when.stated:
        data["date_format"] = wishes.dates or when.stated["dates"]
        findings.append(
            f"Warning: the dates in `{when.name}` may be day first or month first; "
            f"{data['date_format']} is taken, please check (`data: date_format`)."
        )
    title, rating = _extras(columns, item, {*data.values()})
    if title is not None:
        data["title"] = title
    if rating is not None:
        data["rating"] = rating
    lengths = user.labels.value_counts()
    findings.append(
        f"{len(lengths):,} users with {lengths.median():.0f} events in the median, "
        f"{item.labels.nunique():,} items."
    )
    unused = [name for name in by_name if name not in data.values()]
    if unused:
        findings.append(f"Not used: {', '.join(f'`{name}`' for name in unused)}.")
    study = {
        "source": "file",
        "data": data,
        "split": {"kind": "leave_one_out"},
        "players": int(np.clip(lengths.quantile(0.9), 10, 50)),
        "metric": "ndcg_10",
    }
    return Proposal(study, findings)


def _extras(columns: Sequence[Seen], item: Seen, taken: set[object]) -> tuple[str | None, ...]:
    """The column of titles, the same in all rows of an item, and that of ratings."""
    title = rating = None
    for column in columns:
        if column.name in taken:
            continue
        parts = _parts(column.name)
        if title is None and column.kind == "category" and parts & _TITLES:
            kinds = column.labels.groupby(item.labels).nunique()
            title = column.name if (kinds <= 1).all() else None
        complete = column.values is not None and not column.values.isna().any()
        if rating is None and column.kind == "number" and parts & _RATINGS and complete:
            rating = column.name
    return title, rating
