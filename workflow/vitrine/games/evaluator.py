"""Evaluation of the coalitions of many games: each once, counted, with bounded memory."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    """Evaluates coalitions of several games and caches their values.

    A coalition is evaluated once per game, however many strategies request it and however often,
    and not at all when its value was preloaded. ``requested``, int64 [games], counts the different
    coalitions of each game that were requested, ``evaluations`` those of them that were evaluated;
    ``seconds`` is the time that the evaluation took.
    """

    def __init__(self, games: Games) -> None:
        self.games = games
        self.evaluations = np.zeros(len(games.players), dtype=np.int64)
        self.requested = np.zeros(len(games.players), dtype=np.int64)
        self.seconds = 0.0
        self._cache: dict[int, _ValueTable] = {}
        self._preloaded: dict[int, _ValueTable] = {}

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
        by_game: dict[int, list[np.ndarray]] = {}
        for game, masks in requests:
            if masks.ndim != 2 or masks.shape[1] != self.games.players[game]:
                raise ValueError(
                    f"{self.games.name(game)} has {self.games.players[game]} players, "
                    f"but the masks have the shape {masks.shape}"
                )
            by_game.setdefault(game, []).append(masks)
        missing = {}
        for game, parts in by_game.items():
            masks = np.concatenate(parts).astype(bool, copy=False)
            cache = self._cache.setdefault(game, _ValueTable.empty(masks.shape[1]))
            new = cache.places_of_new(keys_of(masks))
            self.requested[game] += len(new)
            to_evaluate = self._take_preloaded(game, masks[new])
            if len(to_evaluate):
                missing[game] = to_evaluate
        self._evaluate(missing)
        return [self._cache[game].values_of(keys_of(masks)) for game, masks in requests]

    def preload(self, game: int, masks: np.ndarray, values: np.ndarray) -> None:
        """Add values of a game that were computed elsewhere; they are not evaluated again.

        Args:
            game: its number.
            masks: bool [m, players], any of them more than once.
            values: float64 [m], finite.
        """
        table = self._preloaded.setdefault(game, _ValueTable.empty(masks.shape[1]))
        keys = keys_of(masks)
        new = table.places_of_new(keys)
        self._preloaded[game] = table.with_values(keys[new], values[new])

    def _take_preloaded(self, game: int, masks: np.ndarray) -> np.ndarray:
        """Cache the preloaded values of newly requested coalitions; return the other coalitions."""
        if game not in self._preloaded or len(masks) == 0:
            return masks
        table, keys = self._preloaded[game], keys_of(masks)
        missing = table.places_of_new(keys)
        there = np.setdiff1d(np.arange(len(keys)), missing)
        values = table.values_of(keys[there])
        self._cache[game] = self._cache[game].with_values(keys[there], values)
        return masks[missing]

    def requested_values(self, game: int) -> tuple[np.ndarray, np.ndarray]:
        """The coalitions of a game that were requested: bool [m, players], float64 [m]."""
        players = int(self.games.players[game])
        cache = self._cache.get(game, _ValueTable.empty(players))
        return masks_of(cache.keys, players), cache.values

    def _evaluate(self, missing: dict[int, np.ndarray]) -> None:
        """Evaluate coalitions by game slab by slab, reporting progress on long work."""
        began = reported = time.monotonic()
        total, done = sum(map(len, missing.values())), 0
        for slab in _slabs(missing):
            values = self._values(slab)
            ends = np.cumsum([len(masks) for _, masks in slab])
            for (game, masks), part in zip(slab, np.split(values, ends[:-1]), strict=True):
                self._cache[game] = self._cache[game].with_values(keys_of(masks), part)
                self.evaluations[game] += len(masks)
            done += int(ends[-1])
            now = time.monotonic()
            if now - reported > SECONDS_BETWEEN_REPORTS and done < total:
                reported = now
                left = (now - began) / done * (total - done)
                log.info("%d of %d coalitions, %.0f s left", done, total, left)

    def _values(self, slab: list[tuple[int, np.ndarray]]) -> np.ndarray:
        game = np.repeat([number for number, _ in slab], [len(masks) for _, masks in slab])
        members = np.concatenate([np.nonzero(masks)[1] for _, masks in slab])
        lengths = np.concatenate([masks.sum(axis=1) for _, masks in slab])
        began = time.monotonic()
        values = self.games.value(game, members, lengths)
        self.seconds += time.monotonic() - began
        for place in np.flatnonzero(~np.isfinite(values))[:1]:
            end = lengths[: place + 1].sum()
            raise FloatingPointError(
                f"{self.games.name(int(game[place]))}: the model gave {values[place]} for the "
                f"coalition of the players {members[end - lengths[place] : end].tolist()}; check "
                "the model for NaN or infinite weights"
            )
        return values


def keys_of(masks: np.ndarray) -> np.ndarray:
    """One key per coalition: bool [m, players] to uint64 [m], or to raw bytes above 64 players."""
    packed = np.packbits(masks.astype(bool, copy=False), axis=1)
    words = max(1, -(-packed.shape[1] // 8))
    padded = np.zeros((len(masks), 8 * words), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64 if words == 1 else f"V{8 * words}")[:, 0]


def masks_of(keys: np.ndarray, players: int) -> np.ndarray:
    """The coalitions behind keys: the inverse of `keys_of`, bool [m, players]."""
    octets = np.ascontiguousarray(keys).view(np.uint8).reshape(len(keys), keys.dtype.itemsize)
    return np.unpackbits(octets, axis=1, count=players).view(bool)


@dataclass(frozen=True)
class _ValueTable:
    """Coalitions of one game by rising key, with their values."""

    keys: np.ndarray
    values: np.ndarray

    @classmethod
    def empty(cls, players: int) -> "_ValueTable":
        return cls(keys_of(np.zeros((0, players), dtype=bool)), np.zeros(0))

    def places_of_new(self, keys: np.ndarray) -> np.ndarray:
        """Where keys that are not in the table stand first, in order: int64 [new]."""
        distinct, first = np.unique(keys, return_index=True)
        if len(self.keys):
            places = np.minimum(np.searchsorted(self.keys, distinct), len(self.keys) - 1)
            first = first[self.keys[places] != distinct]
        return np.sort(first)

    def values_of(self, keys: np.ndarray) -> np.ndarray:
        return self.values[np.searchsorted(self.keys, keys)]

    def with_values(self, keys: np.ndarray, values: np.ndarray) -> "_ValueTable":
        keys, values = np.concatenate([self.keys, keys]), np.concatenate([self.values, values])
        order = np.argsort(keys, kind="stable")
        return _ValueTable(keys[order], values[order])


def _slabs(masks_of_games: dict[int, np.ndarray]) -> Iterator[list[tuple[int, np.ndarray]]]:
    """Cut masks of several games into lists of at most ``PLAYERS_AT_ONCE`` players or one mask."""
    slab: list[tuple[int, np.ndarray]] = []
    players = 0
    for game, masks in masks_of_games.items():
        step = max(1, PLAYERS_AT_ONCE // max(1, masks.shape[1]))
        for start in range(0, len(masks), step):
            part = masks[start : start + step]
            if slab and players + part.size > PLAYERS_AT_ONCE:
                yield slab
                slab, players = [], 0
            slab.append((game, part))
            players += part.size
    if slab:
        yield slab
