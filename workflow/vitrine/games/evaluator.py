"""Evaluating coalitions of many games: each once, counted, in memory that is bounded."""

import logging
import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np

log = logging.getLogger(__name__)

PLAYERS_AT_ONCE = 4_000_000
SECONDS_BETWEEN_REPORTS = 5.0


class Games(Protocol):
    """Several games whose coalitions are evaluated together."""

    @property
    def players(self) -> np.ndarray:
        """int64 [games], the number of players of each game."""

    def value(self, game: np.ndarray, members: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Values of coalitions.

        Args:
            game: int64 [m], which game each coalition belongs to.
            members: int64 [sum(lengths)], the players that are present, coalition after coalition.
            lengths: int64 [m], how many players each coalition has.

        Returns:
            float64 [m].
        """

    def name(self, game: int) -> str:
        """How messages call a game."""


class Evaluator:
    """Evaluates masks of several games and remembers what it has seen.

    A coalition is evaluated once per game, however often and by however many strategies it is
    asked for. ``evaluations``, int64 [games], counts the model evaluations of each game.
    """

    def __init__(self, games: Games) -> None:
        self.games = games
        self.evaluations = np.zeros(len(games.players), dtype=np.int64)
        self._known: list[dict[bytes, float]] = [{} for _ in games.players]

    def __call__(self, requests: Sequence[tuple[int, np.ndarray]]) -> list[np.ndarray]:
        """Values of coalitions.

        Args:
            requests: pairs of a game's number and masks, bool [m, players of that game].

        Returns:
            float64 [m] for each request.

        Raises:
            ValueError: for masks whose width is not the game's number of players.
            FloatingPointError: when a value is not finite; names the instance and the coalition.
        """
        keys = []
        wanted: dict[tuple[int, bytes], None] = {}
        for game, masks in requests:
            if masks.ndim != 2 or masks.shape[1] != self.games.players[game]:
                raise ValueError(
                    f"{self.games.name(game)} has {self.games.players[game]} players, "
                    f"but the masks have the shape {masks.shape}"
                )
            rows = [row.tobytes() for row in masks.astype(bool)]
            keys.append(rows)
            known = self._known[game]
            wanted |= {(game, key): None for key in rows if key not in known}
        self._evaluate(list(wanted))
        return [
            np.array([self._known[game][key] for key in rows])
            for (game, _), rows in zip(requests, keys, strict=True)
        ]

    def _evaluate(self, wanted: list[tuple[int, bytes]]) -> None:
        """Evaluate new coalitions slab by slab, reporting progress on long work."""
        began = reported = time.monotonic()
        start = 0
        while start < len(wanted):
            stop, players = start, 0
            while stop < len(wanted) and players < PLAYERS_AT_ONCE:
                players += len(wanted[stop][1])
                stop += 1
            slab = wanted[start:stop]
            for (game, key), value in zip(slab, self._values(slab), strict=True):
                self._known[game][key] = value
                self.evaluations[game] += 1
            start = stop
            now = time.monotonic()
            if now - reported > SECONDS_BETWEEN_REPORTS and start < len(wanted):
                reported = now
                left = (now - began) / start * (len(wanted) - start)
                log.info("%d of %d coalitions, %.0f s left", start, len(wanted), left)

    def _values(self, slab: list[tuple[int, bytes]]) -> list[float]:
        game = np.array([number for number, _ in slab])
        widths = np.array([len(key) for _, key in slab])
        present = np.frombuffer(b"".join(key for _, key in slab), dtype=bool)
        begins = np.repeat(np.cumsum(widths) - widths, widths)
        members = (np.arange(len(present)) - begins)[present]
        row = np.repeat(np.arange(len(slab)), widths)[present]
        lengths = np.bincount(row, minlength=len(slab))
        values = self.games.value(game, members, lengths)
        for place in np.flatnonzero(~np.isfinite(values))[:1]:
            mask = np.frombuffer(slab[place][1], dtype=bool)
            raise FloatingPointError(
                f"{self.games.name(game[place])}: the model gave {values[place]} for the coalition "
                f"of the players {np.flatnonzero(mask).tolist()}; check the model for NaN or "
                "infinite weights"
            )
        return values.tolist()
