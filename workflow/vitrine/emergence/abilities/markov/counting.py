"""Predictors of a chain that count: pairs, which is Bayes-optimal, or single symbols."""

import numpy as np

# Amounts of smoothing, in counts, among which the best one is chosen.
SMOOTHING = np.geomspace(0.1, 1000, 200)


def bayes_bigram(ids: np.ndarray, symbols: int) -> np.ndarray:
    """The Bayes-optimal prediction of every symbol of a chain from those before it.

    Args:
        ids: int64 [n, length].
        symbols: number of different symbols.

    Returns:
        float64 [n, length, symbols].
    """
    count, length = ids.shape
    pairs = np.zeros((count, symbols, symbols))
    predicted = np.full((count, length, symbols), 1 / symbols)
    rows = np.arange(count)
    for place in range(1, length):
        counts = pairs[rows, ids[:, place - 1]]
        predicted[:, place] = (counts + 1) / (counts.sum(axis=1, keepdims=True) + symbols)
        pairs[rows, ids[:, place - 1], ids[:, place]] += 1
    return predicted


class SymbolCounts:
    """Smoothed counts of single symbols, the best predictor without looking up pairs.

    At place n it predicts symbol j with probability (count of j + a) / (n + symbols * a). The
    smoothing a may depend on n and on m, how often the present symbol occurred: the row of the
    chain for a rare symbol is little known from the counts. Each a is the best one of `SMOOTHING`,
    that with the least divergence from the Bayes-optimal predictions of a sample.

    Args:
        ids: int64 [n, length], the sample.
        symbols: number of different symbols.
        varied: whether a depends on n and m; otherwise it is one number.
    """

    def __init__(self, ids: np.ndarray, symbols: int, varied: bool = True) -> None:
        self.symbols = symbols
        length = ids.shape[1]
        counts, present = _count(ids, symbols)
        places = np.arange(length)
        # The truth's weight for each place, count of the present symbol, and count of a symbol.
        cells = (places[:, None] * length + present[..., None]) * length + counts
        weights = np.bincount(
            cells.ravel(), bayes_bigram(ids, symbols).ravel(), minlength=length**3
        ).reshape(length, length, length)
        logarithms = np.log(places[:, None] + SMOOTHING)
        normalisers = np.log(places[:, None] + symbols * SMOOTHING)
        losses = weights.sum(axis=2)[..., None] * normalisers[:, None] - weights @ logarithms
        if varied:
            # Cells that the sample does not have take the best value of their place.
            losses += 1e-9 * losses.sum(axis=1, keepdims=True)
            best = losses.argmin(axis=2)
        else:
            best = np.full((length, length), losses.sum(axis=(0, 1)).argmin())
        self.smoothing = SMOOTHING[best]
        """float64 [places, counts of the present symbol]."""

    def predict(self, ids: np.ndarray) -> np.ndarray:
        """Predictions as those of `bayes_bigram`, of sequences no longer than the sample's."""
        counts, present = _count(ids, self.symbols)
        places = np.arange(ids.shape[1])
        a = self.smoothing[places, present][..., None]
        predicted: np.ndarray = (counts + a) / (places[:, None] + self.symbols * a)
        return predicted


def _count(ids: np.ndarray, symbols: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts before each place: of every symbol, int64 [n, length, symbols], and of the present.

    The present symbol is the one just before the place; at the first place its count is 0.
    """
    of_each = np.eye(symbols, dtype=np.int64)[ids]
    counts = of_each.cumsum(axis=1) - of_each
    present = np.zeros_like(ids)
    present[:, 1:] = np.take_along_axis(counts[:, 1:], ids[:, :-1, None], axis=2)[..., 0]
    return counts, present


def divergences(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Mean KL(truth || predicted) over the positions of each item, in nats.

    Args:
        truth: float64 [n, length, symbols].
        predicted: the same.

    Returns:
        float64 [n].
    """
    apart: np.ndarray = (truth * np.log(truth / np.maximum(predicted, 1e-12))).sum(axis=-1)
    return apart.mean(axis=1)
