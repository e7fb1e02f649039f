"""Parameter randomisation (Adebayo et al. 2018): an explanation must depend on what was learned.

Parts of the model get fresh initial weights, from the output down (*cascading*) or one alone
(*independent*), and the instances are explained again. An explanation that does not change shows
the input, not the model.
"""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from vitrine.evaluation.bootstrap import interval
from vitrine.evaluation.paired import LEAST
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.models.build import Shape, build
from vitrine.models.model import Model


def parts(shape: Shape) -> dict[str, tuple[str, ...]]:
    """The parts of a model from the output down, each with the prefixes of its weights' names.

    A recommender has no head of its own, so its final norm goes with the last block.
    """
    blocks: dict[str, tuple[str, ...]] = {
        f"block {number}": (f"blocks.{number - 1}.",) for number in range(shape.layers, 0, -1)
    }
    if shape.outputs:
        blocks = {"head": ("head.", "norm.")} | blocks
    else:
        blocks[f"block {shape.layers}"] += ("norm.", "bias")
    return blocks | {"embedding": ("embedding.",)}


def randomised(model: Model, names: list[str], seed: int) -> Model:
    """A copy of a model in which some parts have fresh initial weights.

    Args:
        model: in evaluation mode; it is not changed.
        names: of `parts`.
        seed: of the initial weights.
    """
    torch.manual_seed(seed)
    fresh = build(model.shape).state_dict()
    prefixes = tuple(prefix for name in names for prefix in parts(model.shape)[name])
    result = copy.deepcopy(model)
    result.load_state_dict(
        {
            name: fresh[name] if name.startswith(prefixes) else weight
            for name, weight in model.state_dict().items()
        }
    )
    return result.eval()


def schedule(shape: Shape) -> Iterator[tuple[str, str, list[str]]]:
    """The steps of the check: kind, the part that was reached, and all parts that are random."""
    names = list(parts(shape))
    for place, name in enumerate(names):
        yield "cascading", name, names[: place + 1]
    for name in names:
        yield "independent", name, [name]


def judge_similarities(
    similarities: np.ndarray, bound: float, statistics: StatisticsSettings, seed: int
) -> dict[str, Any]:
    """Pass or fail: the median similarity to the explanation of the trained model.

    Args:
        similarities: float64 [n], per instance Spearman's correlation of the absolute values with
            all parts random.
        bound: the median must lie below it.
        statistics: of the interval.
        seed: of the resamples.

    Returns:
        ``median, low, high`` (bootstrap interval of the median), ``n``, ``bound`` and ``outcome``:
        ``passed`` if the interval lies below the bound, ``failed`` if it lies above, else
        ``inconclusive``; that also of fewer than `LEAST` instances.
    """
    rng = np.random.default_rng(seed)
    n = len(similarities)
    drawn = similarities[rng.integers(0, n, size=(statistics.bootstrap, n))]
    low, high = interval(np.median(drawn, axis=1), statistics.confidence)
    median = float(np.median(similarities))
    outcome = "passed" if high < bound else "failed" if low >= bound else "inconclusive"
    if n < LEAST:
        outcome = "inconclusive"
    return {
        "median": median,
        "low": low,
        "high": high,
        "n": n,
        "bound": bound,
        "outcome": outcome,
    }
