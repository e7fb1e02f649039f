"""Strategies of several measures of one instance, played together and on other scales."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vitrine.games.game import Strategy, T


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
    results: dict[int, Any] = {}
    answers: dict[int, np.ndarray | None] = dict.fromkeys(range(len(strategies)))
    while answers:
        asked: dict[int, np.ndarray] = {}
        for place, answer in answers.items():
            strategy = strategies[place]
            try:
                asked[place] = next(strategy) if answer is None else strategy.send(answer)
            except StopIteration as stop:
                results[place] = stop.value
        if not asked:
            break
        values = yield np.concatenate(list(asked.values()))
        ends = np.cumsum([len(masks) for masks in asked.values()])
        answers = dict(zip(asked, np.split(values, ends[:-1]), strict=True))
    return [results[place] for place in range(len(strategies))]
