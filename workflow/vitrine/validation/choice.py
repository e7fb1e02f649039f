"""Choosing settings of explanations on validation, so that the figures on test flatter none.

Removal is chosen by how well the model predicts what is true from what is left, by the log loss
while random players are gone: a proper score, which falls when the model is right and when it is as
sure as it should be. Other settings are chosen by normalised comprehensiveness.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.games.game import Strategy
from vitrine.games.removal import Removal
from vitrine.models.inference import logits
from vitrine.models.transformer import Transformer
from vitrine.validation.ceiling import best_chain
from vitrine.validation.comprehensiveness import comprehensiveness
from vitrine.validation.floor import random_rankings
from vitrine.validation.in_distribution import without
from vitrine.validation.instance import Scale, Settings
from vitrine.validation.normalised import normalised
from vitrine.validation.ranking import levels
from vitrine.validation.strategies import rescaled, together


def log_losses(
    model: Transformer, removal: Removal, shares: Sequence[float], rng: np.random.Generator
) -> np.ndarray:
    """Log loss of the true class or the held-out film while random players are gone.

    Args:
        model: in evaluation mode.
        removal: of instances that have a label.
        shares: shares of the players to remove, in [0, 1].
        rng: draws the players.

    Returns:
        float64 [n], the mean over the shares.
    """
    order = rng.random(int(removal.examples.offsets[-1]))
    losses = []
    for share in shares:
        left = without(removal, share, order)
        scores = logits(model, left).astype(np.float64)
        own = scores[np.arange(len(scores)), left.labels]
        losses.append(np.logaddexp.reduce(scores, axis=1) - own)
    return np.mean(losses, axis=0)


def scores(
    candidates: Sequence[np.ndarray],
    settings: Settings,
    scale: Scale | None,
    rng: np.random.Generator,
) -> Strategy[np.ndarray]:
    """Normalised comprehensiveness of several attributions of one instance.

    Args:
        candidates: float64 [players] each.
        settings: of the measure.
        scale: turns the game's log-odds into probabilities; None leaves scores as they are.
        rng: the random stream that the instance has in its validation.

    Returns:
        float64 [candidates], NaN where no ranking does better than chance. The ceiling is that of
        a search from these attributions.
    """
    players = len(candidates[0])
    if players < 2:
        return np.full(len(candidates), np.nan)
    chance = random_rankings(players, settings.random_rankings, rng)
    found = _scores(candidates, chance, settings)
    return (yield from rescaled(found, scale) if scale else found)


def _scores(
    candidates: Sequence[np.ndarray], chance: np.ndarray, settings: Settings
) -> Strategy[np.ndarray]:
    rankings = [*candidates, *chance]
    sizes, weights = levels(settings.fractions, chance.shape[1])
    search = best_chain(
        lambda sets: ~sets, 1.0, sizes, weights, np.array(rankings), settings.ceiling_evaluations
    )
    reached: list[Strategy[Any]] = [comprehensiveness(row, settings.fractions) for row in rankings]
    *own, best = yield from together([*reached, search])
    (full,) = yield np.ones((1, chance.shape[1]), dtype=bool)
    floor = float(np.mean(own[len(candidates) :]))
    ceiling = float(full - best.cost)
    return np.array([normalised(value, floor, ceiling) for value in own[: len(candidates)]])


def choose(
    means: np.ndarray, preference: Sequence[Any], margin: float, *, higher_is_better: bool
) -> int:
    """The candidate to use: of those that are hardly worse than the best, the preferred one.

    Args:
        means: float64 [candidates].
        preference: one sortable per candidate, the smallest preferred.
        margin: how much worse than the best is hardly worse.
        higher_is_better: which way the means count.
    """
    behind = (means.max() - means) if higher_is_better else (means - means.min())
    near: list[int] = np.flatnonzero(behind <= margin).tolist()
    return min(near, key=lambda i: preference[i])


def described(
    values: np.ndarray, statistics: Mapping[str, Any], seed: int
) -> list[dict[str, float]]:
    """Mean of each candidate with its interval over instances, float64 [instances, candidates]."""
    n = len(values)
    draws = bootstrap(lambda weights: weights @ values / n, n, statistics["bootstrap"], seed)
    described = []
    for place, mean in enumerate(values.mean(axis=0)):
        low, high = interval(draws[:, place], statistics["confidence"])
        described.append({"mean": float(mean), "low": low, "high": high})
    return described
