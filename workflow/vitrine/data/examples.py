"""Prepared instances as numbers: ragged rows of players that every model reads alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.domains.registry import DOMAINS
from vitrine.data.domains.sequence.encoding import item_ids, item_titles
from vitrine.data.encoding import UNKNOWN, Encoding, Players, load_encoding

Encode = Callable[[pd.DataFrame, Encoding], Players | None]
"""How a model encodes the rows of a table; None where it does so as the domain does."""


@dataclass(frozen=True)
class Examples:
    """Instances as ragged rows of players.

    The contents of all instances lie flat, one after another; ``offsets`` says where each begins,
    so instance ``i`` owns the flat rows ``offsets[i]:offsets[i + 1]``.
    """

    instance: np.ndarray
    """int64 [n]: the instance's number in its study."""
    ids: np.ndarray
    """int64 [total]: vocabulary index of each player; 0 = unknown."""
    features: np.ndarray
    """float32 [total, k]: numeric content of each player; k may be 0."""
    positions: np.ndarray
    """int64 [total]: 0-based place of the player in its instance, kept when others are removed; of
    players that are several tokens, the place of the first."""
    offsets: np.ndarray
    """int64 [n + 1]."""
    labels: np.ndarray
    """int64 [n]: class index. Ranking: vocabulary index of the held-out item, 0 = not in the
    vocabulary, -1 = none (training histories)."""
    times: np.ndarray | None = None
    """int64 [total], sequences only: when each player came, in seconds. The order of players of one
    second is not known."""

    def __len__(self) -> int:
        return len(self.instance)

    @property
    def lengths(self) -> np.ndarray:
        """int64 [n]: how many players each instance has."""
        return np.diff(self.offsets)

    def rows(self, i: int) -> slice:
        """The flat rows of the ``i``-th instance."""
        return slice(int(self.offsets[i]), int(self.offsets[i + 1]))

    def take(self, indices: np.ndarray) -> "Examples":
        """The instances at ``indices`` (int [m], places in this object), in that order."""
        indices = np.asarray(indices, dtype=np.int64)
        lengths = self.lengths[indices]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[indices] - offsets[:-1], lengths)
        return Examples(
            instance=self.instance[indices],
            ids=self.ids[rows],
            features=self.features[rows],
            positions=self.positions[rows],
            offsets=offsets,
            labels=self.labels[indices],
            times=None if self.times is None else self.times[rows],
        )

    def left(self, rows: np.ndarray, lengths: np.ndarray) -> "Examples":
        """The same instances with some of their players only, at their old positions.

        Args:
            rows: int64 [sum(lengths)], flat rows of the players that are left, in order.
            lengths: int64 [n], how many each instance has left.
        """
        return replace(
            self,
            ids=self.ids[rows],
            features=self.features[rows],
            positions=self.positions[rows],
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            times=None if self.times is None else self.times[rows],
        )


def load_examples(folder: Path, split: str, encode_rows: Encode | None = None) -> Examples:
    """Read and encode a split of a study.

    An instance has at most ``Encoding.players`` players, except the training histories of a
    ranking study: these are whole, and training draws its windows from them.

    Args:
        folder: the study's data folder, with ``<split>.parquet`` and ``encoding.json``.
        split: ``train``, ``validation`` or ``test``.
        encode_rows: how the model encodes rows (`Model.encode`), if not as the domain does.
    """
    encoding = load_encoding(folder)
    frame = pd.read_parquet(Path(folder) / f"{split}.parquet")
    ranking = encoding.task == "ranking"
    return encode(
        frame,
        encoding,
        instance=frame["instance"].to_numpy(dtype=np.int64),
        labels=_targets(frame, encoding) if ranking else class_indices(frame["label"], encoding),
        encode_rows=encode_rows,
    )


def encode(
    frame: pd.DataFrame,
    encoding: Encoding,
    *,
    instance: np.ndarray,
    labels: np.ndarray,
    encode_rows: Encode | None = None,
) -> Examples:
    """Encode n rows of a prepared table; ``instance`` and ``labels`` are int64 [n]."""
    players = encode_rows(frame, encoding) if encode_rows else None
    if players is None:
        players = DOMAINS[encoding.domain].encode(frame, encoding)
    offsets = np.concatenate([[0], np.cumsum(players.lengths)]).astype(np.int64)
    return Examples(
        instance=instance,
        ids=players.ids,
        features=players.features,
        positions=(
            np.arange(offsets[-1]) - np.repeat(offsets[:-1], players.lengths)
            if players.positions is None
            else players.positions
        ),
        offsets=offsets,
        labels=labels,
        times=players.times,
    )


def class_indices(labels: pd.Series, encoding: Encoding) -> np.ndarray:
    """Class names [n] to class indices, int64 [n]."""
    index = {name: i for i, name in enumerate(encoding.classes)}
    return np.array([index[label] for label in labels], dtype=np.int64)


def _targets(frame: pd.DataFrame, encoding: Encoding) -> np.ndarray:
    index = encoding.index()
    return np.array(
        [-1 if pd.isna(item) else index.get(str(int(item)), 0) for item in frame["target"]],
        dtype=np.int64,
    )


def load_histories(folder: Path, split: str) -> dict[int, np.ndarray]:
    """All items of each user's history, also those beyond the maximum length.

    Returns:
        Instance to int64 vocabulary ids in time order (0 = not in the vocabulary). These items are
        no candidates when the held-out item is ranked.
    """
    frame = pd.read_parquet(Path(folder) / f"{split}.parquet", columns=["instance", "films"])
    histories = item_ids(frame["films"], load_encoding(folder))
    return dict(zip(frame["instance"].tolist(), histories, strict=True))


def player_names(folder: Path, split: str, instances: Iterable[int]) -> dict[int, list[str]]:
    """Names of the players of some instances, in the order of their positions.

    Words as written, ``row 1, column 3``, ``Title (Year)`` or ``Income = 129``.

    Raises:
        KeyError: if an instance is not in the split.
    """
    encoding = load_encoding(folder)
    frame = pd.read_parquet(Path(folder) / f"{split}.parquet").set_index("instance", drop=False)
    numbers = [int(instance) for instance in instances]
    names = DOMAINS[encoding.domain].names(frame.loc[numbers], encoding, Path(folder))
    return dict(zip(numbers, names, strict=True))


def target_names(folder: Path, targets: np.ndarray) -> list[str]:
    """Names of targets (int64 [n]): of class indices, or of vocabulary ids as ``Title (Year)``."""
    encoding = load_encoding(folder)
    if encoding.task == "classification":
        return [encoding.classes[target] for target in targets]
    titles = item_titles(folder)
    entries = [encoding.vocabulary[target] for target in targets]
    return [entry if entry == UNKNOWN else titles[int(entry)] for entry in entries]
