"""The encoding that is fitted on the training split, and the players that it gives."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from vitrine.files import read_json, write_json

FILE = "encoding.json"
CATALOG = "catalog.parquet"
UNKNOWN = "<unknown>"


@dataclass(frozen=True)
class Encoding:
    """How the instances of a study become players; everything in it comes from the train split."""

    study: str
    domain: str
    """Its name in `vitrine.data.domains.registry`."""
    task: str
    """``classification`` or ``ranking``."""
    classes: list[str]
    """Class names in the order of the class indices; empty for ranking."""
    vocabulary: list[str]
    """Entry of each id; entry 0 stands for everything unknown. Sequences: item numbers as text."""
    players: int
    """The maximum length of an instance, in players."""
    positions: int
    """How many distinct positions there are: positions lie in [0, positions)."""
    feature_width: int
    """Numbers in the numeric content of a player; may be 0."""
    feature_groups: int
    """1: one linear map of the features serves all positions; otherwise one map per position."""
    details: dict[str, Any]
    """What only the domain reads, such as bin edges and means; see its module ``encoding``."""

    def index(self) -> dict[str, int]:
        """Map each vocabulary entry to its id."""
        return {entry: i for i, entry in enumerate(self.vocabulary)}


@dataclass(frozen=True)
class Players:
    """The players of the n rows of a table, row after row."""

    lengths: np.ndarray
    """int64 [n]: number of players of each row."""
    ids: np.ndarray
    """int64 [total]."""
    features: np.ndarray
    """float32 [total, feature_width]."""
    truncated: np.ndarray
    """int64 [n]: how many players each row lost to the maximum length, ``Encoding.players``."""
    times: np.ndarray | None = None
    """int64 [total], sequences only: when each player came, in seconds."""
    positions: np.ndarray | None = None
    """int64 [total]: places of the players, where they are not simply counted in each row."""


def load_encoding(folder: Path) -> Encoding:
    """Read ``encoding.json`` of a study's data folder.

    Raises:
        ValueError: if the file was written by another version of Vitrine.
    """
    path = Path(folder) / FILE
    content = read_json(path)
    names = {field.name for field in fields(Encoding)}
    if set(content) != names:
        different = ", ".join(sorted(names ^ set(content)))
        raise ValueError(
            f"{path}: keys missing or unknown: {different}. Run the stage `prepare` again."
        )
    return Encoding(**content)


def save_encoding(folder: Path, encoding: Encoding) -> None:
    """Write ``encoding.json`` into a study's data folder."""
    write_json(Path(folder) / FILE, asdict(encoding))


def vocabulary_of(counts: dict[str, int], minimum_count: int, size: int) -> list[str]:
    """Rank entries by count, most frequent first (ties by name), behind the entry for the unknown.

    Args:
        counts: occurrences of each entry in the training split.
        minimum_count: rarer entries are unknown.
        size: the most entries, without the unknown.
    """
    frequent = [(entry, count) for entry, count in counts.items() if count >= minimum_count]
    frequent.sort(key=lambda pair: (-pair[1], pair[0]))
    return [UNKNOWN, *(entry for entry, _ in frequent[:size])]
