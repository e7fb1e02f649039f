"""Metrics of prediction, each in one weighted form that serves the value and its bootstrap.

They are numpy alone, since training measures every epoch and scikit-learn takes a second to import.

A classification metric takes ``labels`` (int [n], class indices) and ``probabilities`` (float
[n, classes]); a ranking metric takes ``ranks`` (int [n], 1 = best). Called, it gives one number;
``weighted`` gives one number per row of weights, such as the counts of bootstrap resamples.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

BINS = 15
CUTOFF = 10


@dataclass(frozen=True)
class Metric:
    """A number that says how well a model predicts."""

    name: str
    title: str
    task: str
    higher_is_better: bool
    weighted: Callable[..., np.ndarray]
    """(weights float [b, n], outcome...) -> float64 [b]; NaN where it is undefined."""

    def __call__(self, *outcome: np.ndarray) -> float:
        """The metric of an outcome: ``labels, probabilities`` or ``ranks``."""
        return float(self.weighted(np.ones((1, len(outcome[0]))), *outcome)[0])


def _mean(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    result: np.ndarray = weights @ values / weights.sum(axis=1)
    return result


def _accuracy(weights: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    return _mean(weights, (probabilities.argmax(axis=1) == labels).astype(np.float64))


def _log_loss(weights: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Mean negative log probability of the label in nats, probabilities kept off 0."""
    of_label = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return _mean(weights, -np.log(np.maximum(of_label, np.finfo(np.float64).eps)))


def _auc(weights: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Area under the ROC curve; with three classes or more the mean of one class against the rest.

    Classes of which a resample has no instance (or nothing else) are left out of its mean.
    """
    return _of_classes(_binary_auc, weights, labels, probabilities)


def _average_precision(
    weights: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> np.ndarray:
    """Mean precision over the thresholds, each weighted by the recall that it adds.

    Of two classes that of the second one; with three classes or more the mean of one class against
    the rest, without classes of which a resample has no instance.
    """
    return _of_classes(_binary_average_precision, weights, labels, probabilities)


def _of_classes(
    binary: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    weights: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
) -> np.ndarray:
    """A metric of one class against the rest: of the second of two classes, else the mean."""
    classes = range(probabilities.shape[1])
    if len(classes) == 2:
        return binary(weights, labels == 1, probabilities[:, 1])
    each = np.stack([binary(weights, labels == c, probabilities[:, c]) for c in classes])
    defined = ~np.isnan(each)
    with np.errstate(invalid="ignore"):
        values: np.ndarray = np.where(defined, each, 0).sum(axis=0) / defined.sum(axis=0)
        return values


def _by_score(
    weights: np.ndarray, positive: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights of positive and of negative instances at each distinct score, rising: [b, scores]."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    ordered = weights[:, order]
    positives = np.add.reduceat(ordered * positive[order], starts, axis=1)
    negatives = np.add.reduceat(ordered * ~positive[order], starts, axis=1)
    return positives, negatives


def _binary_auc(weights: np.ndarray, positive: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The weighted share of (positive, negative) pairs that are in order, ties counted half."""
    positives, negatives = _by_score(weights, positive, scores)
    below = np.cumsum(negatives, axis=1) - negatives / 2
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    with np.errstate(invalid="ignore"):
        values: np.ndarray = (positives * below).sum(axis=1) / pairs
        return values


def _binary_average_precision(
    weights: np.ndarray, positive: np.ndarray, scores: np.ndarray
) -> np.ndarray:
    """Precision at each threshold, weighted by the share of positive instances at it."""
    positives, negatives = (part[:, ::-1] for part in _by_score(weights, positive, scores))
    found = np.cumsum(positives, axis=1)
    flagged = found + np.cumsum(negatives, axis=1)
    with np.errstate(invalid="ignore"):
        # Above the highest score of a resample nothing is flagged, and nothing is found.
        precision = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0)
        values: np.ndarray = (positives * precision).sum(axis=1) / found[:, -1]
        return values


def _bin_of(confidence: np.ndarray) -> np.ndarray:
    """Index of the equal-width bin (low, high] of each confidence."""
    values: np.ndarray = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    return values


def _ece(weights: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Expected calibration error of the predicted class's probability over 15 equal-width bins.

    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017, eq. 5.
    """
    confidence = probabilities.max(axis=1)
    excess = confidence - (probabilities.argmax(axis=1) == labels)
    member = np.eye(BINS)[_bin_of(confidence)]
    errors: np.ndarray = np.abs(weights @ (member * excess[:, None])).sum(axis=1)
    errors /= weights.sum(axis=1)
    return errors


def _hit_rate(weights: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Share of held-out items among the first ten."""
    return _mean(weights, (ranks <= CUTOFF).astype(np.float64))


def _ndcg(weights: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Discounted gain of the first ten; with one relevant item the ideal gain is 1."""
    return _mean(weights, np.where(ranks <= CUTOFF, 1 / np.log2(ranks + 1), 0.0))


def _mrr(weights: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Mean of 1 / rank."""
    return _mean(weights, 1 / ranks)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "Accuracy", "classification", True, _accuracy),
        Metric("auc", "AUC", "classification", True, _auc),
        Metric(
            "average_precision", "Average precision", "classification", True, _average_precision
        ),
        Metric("log_loss", "Log loss", "classification", False, _log_loss),
        Metric("ece", "Calibration error", "classification", False, _ece),
        Metric("hit_rate_10", "Hit rate at 10", "ranking", True, _hit_rate),
        Metric("ndcg_10", "NDCG at 10", "ranking", True, _ndcg),
        Metric("mrr", "Mean reciprocal rank", "ranking", True, _mrr),
    )
}


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count instances by label (row) and predicted class (column): int64 [classes, classes]."""
    flat = np.bincount(labels * classes + predicted, minlength=classes**2)
    return flat.reshape(classes, classes)


def calibration(labels: np.ndarray, probabilities: np.ndarray) -> list[dict[str, float | None]]:
    """Mean confidence and accuracy of the predicted class per bin (None where a bin is empty)."""
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    member = _bin_of(confidence)
    rows: list[dict[str, float | None]] = []
    for index in range(BINS):
        inside = member == index
        n = int(inside.sum())
        rows.append(
            {
                "low": index / BINS,
                "high": (index + 1) / BINS,
                "n": n,
                "confidence": float(confidence[inside].mean()) if n else None,
                "accuracy": float(correct[inside].mean()) if n else None,
            }
        )
    return rows
