"""Value functions: the number that a model's output gives to the explained target.

``log_odds`` (the default) is log(p / (1 - p)) of the target's probability p: contributions add up
like evidence and never saturate. ``probability`` is p itself. ``logit`` is the target's own logit,
which ignores the other classes. The outputs of a recommender are scores of items, of which no
probabilities are asked: its value is the explained item's score whatever is chosen (`kind_for`).
"""

import numpy as np
import torch
from torch import Tensor

from vitrine.games.kinds import VALUE_FUNCTIONS

SCORE = "score"
LEAST_PROBABILITY = 1e-7
"""Smaller probabilities count as this one where their logarithm is taken."""


def kind_for(kind: str, ranking: bool) -> str:
    """The value function of a model's games: ``kind`` for classifiers, ``score`` for recommenders.

    Raises:
        ValueError: for an unknown kind.
    """
    if kind not in VALUE_FUNCTIONS:
        raise ValueError(f"unknown value function {kind!r}; there are {', '.join(VALUE_FUNCTIONS)}")
    return SCORE if ranking else kind


def target_value(logits: Tensor, target: Tensor, kind: str) -> Tensor:
    """Value of the explained target from logits.

    Args:
        logits: float [batch, outputs].
        target: int64 [batch], class or item.
        kind: ``log_odds`` (against all other classes together), ``probability``, ``logit`` or
            ``score``; the last two are the target's own output.

    Returns:
        float64 [batch].
    """
    logits = logits.double()
    of_target = logits.gather(1, target[:, None])[:, 0]
    if kind in ("logit", SCORE):
        return of_target
    others = logits.scatter(1, target[:, None], -torch.inf)
    log_odds = of_target - others.logsumexp(dim=1)
    return log_odds.sigmoid() if kind == "probability" else log_odds


def probability(log_odds: np.ndarray) -> np.ndarray:
    """The probability p of a log-odds log(p / (1 - p)), float64 [...], without overflow."""
    return np.exp(-np.logaddexp(0.0, -log_odds))


def of_probabilities(probabilities: np.ndarray, target: int, kind: str) -> np.ndarray:
    """Value of a class from probabilities, such as a scikit-learn classifier gives.

    Args:
        probabilities: float [m, classes], rows summing to 1.
        target: the class.
        kind: ``log_odds``, ``probability`` or ``logit``; the logarithms of the
            probabilities stand in for logits, which a scikit-learn classifier does not give.

    Returns:
        float64 [m]. For ``log_odds`` and ``logit`` probabilities below `LEAST_PROBABILITY` count as
        that, so log-odds lie within ±16.1: the probabilities 0 and 1 of a random forest say that no
        tree disagreed, not that the evidence is infinite.
    """
    of_target = probabilities[:, target].astype(np.float64)
    if kind == "probability":
        return of_target
    log = np.log(np.maximum(of_target, LEAST_PROBABILITY))
    if kind == "logit":
        return log
    # The sum of the others keeps the digits that 1 - p loses when p is close to 1.
    of_others = np.delete(probabilities, target, axis=1).sum(axis=1)
    return log - np.log(np.maximum(of_others, LEAST_PROBABILITY))
