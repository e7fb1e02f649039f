"""A cache of coalition values: what one stage has evaluated, for the stages that need the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.games.evaluator import Evaluator

Values = tuple[np.ndarray, np.ndarray]


def evaluated_coalitions(evaluator: Evaluator, split: str, instances: np.ndarray) -> pd.DataFrame:
    """All coalitions that an evaluator was asked for, as a table.

    Args:
        evaluator: of the games of ``instances``.
        split: their split.
        instances: int64 [n].

    Returns:
        One row per coalition: ``split, instance, coalition, value``. A coalition is a string with
        one character per player in order, 1 where the player is present and else 0.
    """
    frames = []
    for game, instance in enumerate(instances.tolist()):
        masks, values = evaluator.requested_values(game)
        frames.append(
            pd.DataFrame({"instance": instance, "coalition": _text(masks), "value": values})
        )
    table = pd.concat(frames, ignore_index=True)
    table.insert(0, "split", split)
    return table


@dataclass(frozen=True)
class CoalitionCache:
    """Values of coalitions of one model, by split and instance: bool [m, players], float64 [m]."""

    values: dict[tuple[str, int], list[Values]] = field(default_factory=dict)

    @classmethod
    def of(cls, tables: Iterable[pd.DataFrame]) -> "CoalitionCache":
        """From tables like that of `evaluated_coalitions`."""
        values: dict[tuple[str, int], list[Values]] = {}
        for table in tables:
            for (split, instance), rows in table.groupby(["split", "instance"]):
                masks = _masks(rows["coalition"].tolist())
                entries = values.setdefault((str(split), int(str(instance))), [])
                entries.append((masks, rows["value"].to_numpy()))
        return cls(values)

    @classmethod
    def read(cls, paths: Iterable[Path], value: str, removal: str) -> "CoalitionCache":
        """From files of the stage `explain`.

        Args:
            paths: files, of any methods.
            value, removal: which game is played; tables of other games do not count.
        """
        tables = (pd.read_parquet(path) for path in paths)
        wanted = {"value": value, "removal": removal}
        return cls.of(table for table in tables if table.attrs == wanted)

    def fill(self, evaluator: Evaluator, split: str, instances: np.ndarray) -> None:
        """Give an evaluator the cached values of its games, those of ``instances``, int64 [n]."""
        for game, instance in enumerate(instances.tolist()):
            for masks, values in self.values.get((split, instance), []):
                evaluator.preload(game, masks, values)


def _text(masks: np.ndarray) -> list[str]:
    count, players = masks.shape
    whole = (masks.astype(np.uint8) + ord("0")).tobytes().decode("ascii")
    return [whole[i * players : (i + 1) * players] for i in range(count)]


def _masks(texts: list[str]) -> np.ndarray:
    octets = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)
    return octets.reshape(len(texts), -1) == ord("1")
