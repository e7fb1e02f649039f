"""Games of any function of inputs: a scikit-learn model, a remote service, a user's own callable.

Each function makes ``value(masks: bool [m, players]) -> float64 [m]`` of one instance from a
``score`` that maps a batch of inputs to one number each. `FunctionGames` plays such functions
through the evaluator, which removes duplicates, counts, and refuses values that are not finite.
"""

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import numpy as np

Value = Callable[[np.ndarray], np.ndarray]
"""Takes masks, bool [m, players], and returns one number each, float [m]."""

AT_ONCE = 4096


class FunctionGames:
    """Games given by functions of masks. Implements `vitrine.games.evaluator.Games`.

    Args:
        functions: one for each game; called with at most 4,096 masks at once.
        players: number of players of each game.
        names: how messages call the games; by number if not given.
    """

    def __init__(
        self,
        functions: Sequence[Value],
        players: Sequence[int],
        names: Sequence[str] | None = None,
    ) -> None:
        self._functions = functions
        self._names = names or [f"game {number}" for number in range(len(functions))]
        self.players = np.array(players, dtype=np.int64)
        if not len(self._functions) == len(self.players) == len(self._names):
            raise ValueError(
                f"there are {len(functions)} functions, {len(players)} numbers of players and "
                f"{len(self._names)} names; each game needs one of each"
            )

    def value(self, game: np.ndarray, members: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """See `Games.value`.

        Raises:
            ValueError: when a function does not give one number for each mask.
        """
        values = np.zeros(len(game))
        ends = np.cumsum(lengths)
        for number in np.unique(game):
            rows = np.flatnonzero(game == number)
            for start in range(0, len(rows), AT_ONCE):
                part = rows[start : start + AT_ONCE]
                masks = np.zeros((len(part), self.players[number]), dtype=bool)
                inside = np.concatenate([np.arange(ends[r] - lengths[r], ends[r]) for r in part])
                masks[np.repeat(np.arange(len(part)), lengths[part]), members[inside]] = True
                values[part] = _numbers(self._functions[number](masks), len(part), "masks")
        return values

    def name(self, game: int) -> str:
        """See `Games.name`."""
        return self._names[game]


def _numbers(answer: Any, count: int, of: str) -> np.ndarray:
    numbers = np.asarray(answer, dtype=np.float64)
    if numbers.shape != (count,):
        raise ValueError(
            f"the function was given {count} {of} and must return one number for each, "
            f"but returned an array of shape {numbers.shape}"
        )
    return numbers


def text_game(score: Callable[[list[str]], Any], words: Sequence[str]) -> Value:
    """A text whose words are the players; removed words are left out.

    Args:
        score: texts, their words joined by blanks, to one number each.
        words: of the instance, in order; equal words are players of their own.
    """

    def value(masks: np.ndarray) -> np.ndarray:
        texts = [" ".join(compress(words, mask)) for mask in masks]
        return _numbers(score(texts), len(texts), "texts")

    return value


def history_game(score: Callable[[list[np.ndarray]], Any], items: np.ndarray) -> Value:
    """A history whose items are the players; removed items are left out, the order stays.

    Args:
        score: histories, int64 arrays, to one number each.
        items: int64 [players].
    """

    def value(masks: np.ndarray) -> np.ndarray:
        return _numbers(score([items[mask] for mask in masks]), len(masks), "histories")

    return value


def image_game(
    score: Callable[[np.ndarray], Any],
    pixels: np.ndarray,
    patches: np.ndarray,
    background: float | np.ndarray,
) -> Value:
    """An image whose patches are the players; the pixels of removed patches are replaced.

    Args:
        score: images, float [m, pixels], to one number each.
        pixels: float [pixels], the instance.
        patches: int64 [pixels], the player that each pixel belongs to.
        background: what removed pixels become: one number, or one per pixel.
    """

    def value(masks: np.ndarray) -> np.ndarray:
        images = np.where(masks[:, patches], pixels, background)
        return _numbers(score(images), len(images), "images")

    return value


def table_game(score: Callable[[Any], Any], row: Any, background: Any) -> Value:
    """A row of a table whose fields are the players; removed fields take background values.

    Interventional: the value is the mean score of the row completed by every background row. With
    one background row, such as the medians, removal is imputation by it.

    Args:
        score: rows, of the type of ``background``, to one number each.
        row: the instance: an array [fields], or a data frame of one row.
        background: an array [rows, fields] or a data frame with the same columns and types.

    Raises:
        ValueError: for a background without rows.
    """
    if len(background) == 0:
        raise ValueError("the background has no rows; give at least one")
    draws = len(background)
    step = max(1, AT_ONCE // draws)

    def part(masks: np.ndarray) -> np.ndarray:
        # Row 0 of the stacked table is the instance, row 1 + b the background's row b.
        source = np.where(masks[:, None], 0, np.arange(1, draws + 1)[None, :, None])
        completed = _mixed(row, background, source.reshape(-1, masks.shape[1]))
        return (
            _numbers(score(completed), len(masks) * draws, "rows").reshape(-1, draws).mean(axis=1)
        )

    def value(masks: np.ndarray) -> np.ndarray:
        parts = [part(masks[start : start + step]) for start in range(0, len(masks), step)]
        return np.concatenate(parts) if parts else np.zeros(0)

    return value


def _mixed(row: Any, background: Any, source: np.ndarray) -> Any:
    """Rows whose field j comes from row ``source[:, j]`` of the instance above the background."""
    if isinstance(background, np.ndarray):
        stacked = np.concatenate([np.asarray(row)[None], background])
        return np.take_along_axis(stacked, source, axis=0)
    import pandas as pd

    stacked = pd.concat([row, background], ignore_index=True).astype(background.dtypes)
    columns = {
        name: stacked[name].take(source[:, place]).reset_index(drop=True)
        for place, name in enumerate(stacked.columns)
    }
    return pd.DataFrame(columns)
