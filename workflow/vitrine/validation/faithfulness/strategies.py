"""Strategies of several measures of one instance, played together and on other scales."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vitrine.games.game import Strategy, T, side_by_side


def rescaled(strategy: Strategy[T], scale: Callable[[np.ndarray], np.ndarray]) -> Strategy[T]:
    """A strategy that sees every value through ``scale``, float64 [m] to float64 [m].

    So a measure on probabilities and one on log-odds share the coalitions that were evaluated.
    """
    try:
        masks = next(strategy)
        while True:
            masks = strategy.send(scale((yield masks)))
    except StopIteration as stop:
        return stop.value


def together(strategies: Sequence[Strategy[Any]]) -> Strategy[list[Any]]:
    """Strategies on one game as one, with all of a round's coalitions in one request.

    Returns:
        Their results, in order.
    """
    rounds = side_by_side(strategies)
    try:
        requested = next(rounds)
        while True:
            values = yield np.concatenate(list(requested.values()))
            ends = np.cumsum([len(masks) for masks in requested.values()])
            parts = np.split(values, ends[:-1])
            requested = rounds.send(dict(zip(requested, parts, strict=True)))
    except StopIteration as stop:
        return stop.value
