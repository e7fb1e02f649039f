"""LIME: a weighted linear surrogate around the whole instance (Ribeiro, Singh & Guestrin 2016).

The neighbourhood of each domain, its kernel, the ridge regression and the selection of players are
those of the authors' package ``lime``. What a removed player becomes is the game's affair: with the
removal ``absent`` a field of a table is left out, where the package draws it from another quartile
bin; the removal ``background`` comes closest to that.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from vitrine.attribution.methods.lime import LimeOptions, LimeSettings
from vitrine.attribution.methods.lime.stability import agreement, swap_probability, swap_score
from vitrine.attribution.methods.lime.surrogate import Moments, covariance, select
from vitrine.attribution.task import Task, trivial
from vitrine.data.domains.domain import Neighbourhood
from vitrine.data.domains.registry import DOMAINS
from vitrine.games.game import Explanation, Strategy

# Samples of the first round, where a tolerance ends the drawing.
FEWEST = 64


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance, with the `LimeSettings` or `LimeOptions` of the task."""
    options = _options(task)
    neighbourhood = DOMAINS[task.domain].neighbourhood.wider(options.kernel_width)
    return [
        lime(int(n), options, neighbourhood, task.stream(i))
        for i, n in enumerate(task.examples.lengths)
    ]


def _options(task: Task) -> LimeOptions:
    settings = task.settings_as(LimeSettings)
    return LimeOptions(**settings.model_dump())


Candidates = dict[tuple[float, int], np.ndarray]


def candidates(
    task: Task, widths: Sequence[float], shares: Sequence[float]
) -> list[Strategy[Candidates]]:
    """Attributions with several settings, on the coalitions of `strategies`; one per instance.

    Args:
        task: its settings are `LimeSettings` or `LimeOptions`.
        widths: factors of the domain's kernel width.
        shares: shares of the samples to use, in (0, 1].

    Returns:
        Strategies that return float64 [players] by kernel width and samples; zeros for an instance
        of fewer than two players, where nothing is to be chosen.
    """
    options = _options(task)
    counts = sorted({max(2, round(share * options.samples)) for share in shares})
    neighbourhood = DOMAINS[task.domain].neighbourhood
    return [
        _candidates(int(n), options, widths, counts, neighbourhood, task.stream(i))
        for i, n in enumerate(task.examples.lengths)
    ]


def _candidates(
    players: int,
    options: LimeOptions,
    widths: Sequence[float],
    counts: Sequence[int],
    neighbourhood: Neighbourhood,
    rng: np.random.Generator,
) -> Strategy[Candidates]:
    settings = [(float(width), count) for width in widths for count in counts]
    if players < 2:
        return dict.fromkeys(settings, np.zeros(players))
    masks = draw(players, max(counts), neighbourhood, rng)
    masks[0] = True
    values = yield masks
    design, attributions = masks.astype(np.float64), {}
    for width, count in settings:
        weights = kernel(masks[:count], neighbourhood.wider(width))
        moments = Moments.of(design[:count], values[:count], weights)
        chosen = select(moments, count, options.selection, options.features)
        attributions[width, count] = moments.ridge(chosen)[0]
    return attributions


def lime(
    players: int, options: LimeOptions, neighbourhood: Neighbourhood, rng: np.random.Generator
) -> Strategy[Explanation]:
    """LIME's attribution of one game: the ridge weights of the local surrogate.

    Players that the surrogate does not keep have zero. Standard errors are those of the draw
    (`covariance`), and unknown (NaN) where players are selected, since the choice is drawn too.

    Args:
        players: n, the number of players.
        options: how many coalitions are drawn, and what is kept.
        neighbourhood: how the domain draws and weighs them.
        rng: the random stream.

    Returns:
        An explanation whose diagnostics hold ``samples`` drawn; ``local_r2`` (weighted R^2 of the
        surrogate); ``surrogate_value`` (its value for the whole instance, beside the full value);
        ``effective_samples`` (Kish's (sum w)^2 / sum w^2); ``swap_probability`` (the criterion of
        the tolerance, at the end, on the surrogate that keeps all players); and
        ``stability_top5`` and ``stability_spearman`` (`_stability`).

    Raises:
        ValueError: for fewer than two samples.
    """
    if players < 2:
        return (yield from trivial(players))
    if options.samples < 2:
        raise ValueError(
            f"{options.samples} samples are too few: set explanation.lime.samples to 16 or more"
        )
    empty = np.zeros((1, players), dtype=bool)
    first = options.samples
    if options.tolerance:
        first = min(first, max(FEWEST, 2 * (players + 2)))
    masks = draw(players, first, neighbourhood, rng)
    masks[0] = True
    answers = yield np.concatenate([empty, masks])
    base, values = float(answers[0]), answers[1:]
    score = _swap_score(masks, values, kernel(masks, neighbourhood))
    while options.tolerance and swap_probability(score) > options.tolerance:
        more = _more(len(masks), score, options)
        if more == 0:
            break
        drawn = draw(players, more, neighbourhood, rng)
        masks, values = np.concatenate([masks, drawn]), np.concatenate([values, (yield drawn)])
        score = _swap_score(masks, values, kernel(masks, neighbourhood))
    return _explanation(masks, values, base, score, options, neighbourhood, rng)


def draw(
    players: int, samples: int, neighbourhood: Neighbourhood, rng: np.random.Generator
) -> np.ndarray:
    """Independent coalitions, bool [samples, players]; of more samples these are the first."""
    if neighbourhood.draw == "coin":
        return rng.random((samples, players)) < neighbourhood.keep
    numbers = rng.random((samples, players + 1))
    removed = 1 + (players * numbers[:, :1]).astype(np.int64)
    return numbers[:, 1:].argsort(axis=1) >= removed


def kernel(masks: np.ndarray, neighbourhood: Neighbourhood) -> np.ndarray:
    """LIME's weights sqrt(exp(-d^2 / width^2)) for bool [m, players], float64 [m]."""
    players = masks.shape[1]
    present = masks.sum(axis=1)
    if neighbourhood.distance == "cosine":
        # The cosine of a binary vector with the vector of ones is sqrt(present / players).
        distance = neighbourhood.scale * (1 - np.sqrt(present / players))
        width = neighbourhood.width
    else:
        distance = np.sqrt(players - present)
        width = neighbourhood.width * np.sqrt(players)
    return np.sqrt(np.exp(-(distance**2) / width**2))


def _swap_score(masks: np.ndarray, values: np.ndarray, weights: np.ndarray) -> float:
    """`swap_score` of the surrogate that keeps all players."""
    design = masks.astype(np.float64)
    moments = Moments.of(design, values, weights)
    coefficients, intercept = moments.ridge(np.arange(masks.shape[1]))
    return swap_score(
        coefficients, covariance(moments, design, values, weights, coefficients, intercept)
    )


def _more(drawn: int, score: float, options: LimeOptions) -> int:
    """Samples to add, from how the error falls with their number (Zhou, Hooker & Wang 2021).

    The score grows with the square root of the samples, so the tolerance is met by some
    ``drawn * (needed / score)^2``; no round less than half as many again nor more than four times.
    """
    needed = NormalDist().inv_cdf(1 - options.tolerance)
    factor = (needed / score) ** 2 if score > 0 else math.inf
    wanted = math.ceil(drawn * min(max(factor, 1.5), 4.0))
    return min(wanted, options.samples) - drawn


def _explanation(
    masks: np.ndarray,
    values: np.ndarray,
    base: float,
    score: float,
    options: LimeOptions,
    neighbourhood: Neighbourhood,
    rng: np.random.Generator,
) -> Explanation:
    weights = kernel(masks, neighbourhood)
    design = masks.astype(np.float64)
    moments = Moments.of(design, values, weights)
    chosen = select(moments, len(masks), options.selection, options.features)
    coefficients, intercept = moments.ridge(chosen)
    predicted = design @ coefficients + intercept
    mean = np.average(values, weights=weights)
    scatter = weights @ (values - mean) ** 2 if np.ptp(values) > 0 else 0.0
    errors = np.full(masks.shape[1], np.nan)
    if options.selection == "none":
        spread = covariance(moments, design, values, weights, coefficients, intercept)
        errors = np.sqrt(np.diag(spread))
    diagnostics = {
        "samples": float(len(masks)),
        "local_r2": float(1 - weights @ (values - predicted) ** 2 / scatter) if scatter else 1.0,
        "surrogate_value": float(predicted[0]),
        "effective_samples": float(weights.sum() ** 2 / (weights**2).sum()),
        "swap_probability": swap_probability(score),
    }
    if options.replicates:
        top, ranks = _stability(design, values, weights, options, rng)
        diagnostics |= {"stability_top5": top, "stability_spearman": ranks}
    return Explanation(coefficients, errors, base, float(values[0]), diagnostics)


def _stability(
    design: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    options: LimeOptions,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """How alike explanations from repeated draws of as many coalitions would be.

    The draws are repeated by the bootstrap: the coalitions that were evaluated are resampled with
    replacement (the whole instance, which every draw has, stays), and selection and regression
    are done anew. That costs no evaluation, unlike drawing again, and keeps the sample size,
    unlike comparing halves. Two resamples differ as two draws do, but both are centred on the
    coalitions at hand, so near ties look somewhat more stable than they are.

    Returns:
        Mean Jaccard index of the five players with the largest absolute values and mean Spearman
        correlation of the values, over all pairs of the resamples.
    """
    samples = len(values)
    replicates = []
    for _ in range(options.replicates):
        counts = np.bincount(rng.integers(1, samples, samples - 1), minlength=samples)
        counts[0] = 1
        rows = np.flatnonzero(counts)
        moments = Moments.of(design[rows], values[rows], weights[rows] * counts[rows])
        chosen = select(moments, samples, options.selection, options.features)
        replicates.append(moments.ridge(chosen)[0])
    return agreement(replicates)
