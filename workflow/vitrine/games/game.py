"""What a game and an explanation are, and how methods play many games at once.

A method is a *strategy*: a generator that yields the coalitions that it needs and is sent their
values, as often as necessary, and returns an explanation. So every method is a pure function of one
game, while the coalitions of many games travel through the model together.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

T = TypeVar("T")

Strategy = Generator[np.ndarray, np.ndarray, T]
"""Yields masks bool [m, players], is sent values float64 [m], returns T."""

Evaluate = Callable[[Sequence[tuple[int, np.ndarray]]], list[np.ndarray]]
"""Takes (game number, masks bool [m, players]) pairs and returns values float64 [m] of each."""


@dataclass(frozen=True)
class Explanation:
    """An attribution with its diagnostics.

    Attributes:
        values: float64 [players], signed contribution of each player to the target's value.
        std_error: float64 [players], NaN where the method has none.
        base_value: value of the empty coalition.
        full_value: value of the full coalition.
        diagnostics: further numbers about the explanation, by name.
    """

    values: np.ndarray
    std_error: np.ndarray
    base_value: float
    full_value: float
    diagnostics: dict[str, float] = field(default_factory=dict)


def play(strategies: Sequence[Strategy[T]], evaluate: Evaluate) -> list[T]:
    """Play one strategy per game, side by side, and return their results in order.

    In every round the coalitions that the strategies request are evaluated in one call.
    """
    rounds = side_by_side(strategies)
    try:
        requested = next(rounds)
        while True:
            values = evaluate(list(requested.items()))
            requested = rounds.send(dict(zip(requested, values, strict=True)))
    except StopIteration as stop:
        return stop.value


def side_by_side(
    strategies: Sequence[Strategy[T]],
) -> Generator[dict[int, np.ndarray], dict[int, np.ndarray], list[T]]:
    """Advance strategies in rounds; the caller evaluates the coalitions that they request.

    Yields:
        The coalitions of each strategy that is not done, by its number; is sent their values.

    Returns:
        The results, in order.
    """
    results: dict[int, T] = {}
    answers: dict[int, np.ndarray | None] = dict.fromkeys(range(len(strategies)))
    while answers:
        requested: dict[int, np.ndarray] = {}
        for number, answer in answers.items():
            strategy = strategies[number]
            try:
                requested[number] = next(strategy) if answer is None else strategy.send(answer)
            except StopIteration as stop:
                results[number] = stop.value
        answers = {**(yield requested)} if requested else {}
    return [results[number] for number in range(len(strategies))]


def play_one(strategy: Strategy[T], value: Callable[[np.ndarray], np.ndarray]) -> T:
    """Play one game given by ``value(masks: bool [m, players]) -> float64 [m]``."""
    return play([strategy], lambda requests: [value(masks) for _, masks in requests])[0]
