"""LIME's surrogate: which players it keeps, its weighted ridge regression and the error of that.

Everything that is fitted needs the coalitions only through their weighted moments, so that a fit on
a subset of the players or on resampled coalitions costs no further pass over them.
"""

from dataclasses import dataclass

import numpy as np

RIDGE = 1.0
RANKING_RIDGE = 0.01
FORWARD_LIMIT = 6


@dataclass(frozen=True)
class Moments:
    """Weighted moments of coalitions and their values, for n players.

    Attributes:
        centre: float64 [n], weighted mean of the design.
        mean: weighted mean of the values.
        gram: float64 [n, n], sum of w (x - centre)(x - centre)^T.
        cross: float64 [n], sum of w (x - centre)(y - mean).
    """

    centre: np.ndarray
    mean: float
    gram: np.ndarray
    cross: np.ndarray

    @classmethod
    def of(cls, design: np.ndarray, values: np.ndarray, weights: np.ndarray) -> "Moments":
        """Of a design float64 [m, n] with values and weights float64 [m]."""
        total = weights.sum()
        centre, mean = weights @ design / total, float(weights @ values / total)
        weighted = (design - centre) * weights[:, None]
        return cls(centre, mean, weighted.T @ (design - centre), weighted.T @ (values - mean))

    def ridge(self, chosen: np.ndarray, penalty: float = RIDGE) -> tuple[np.ndarray, float]:
        """Weighted ridge regression on the chosen players with a free intercept.

        Args:
            chosen: int64 [k], players.
            penalty: of the squared coefficients.

        Returns:
            Coefficients float64 [n], zero where a player is not chosen, and the intercept.
        """
        gram = self.gram[np.ix_(chosen, chosen)] + penalty * np.eye(len(chosen))
        coefficients = np.zeros(len(self.centre))
        coefficients[chosen] = np.linalg.solve(gram, self.cross[chosen])
        return coefficients, float(self.mean - self.centre @ coefficients)


def select(moments: Moments, samples: int, selection: str, features: int) -> np.ndarray:
    """The players that the surrogate keeps, as ``lime.lime_base.LimeBase`` chooses them.

    Args:
        moments: of the coalitions.
        samples: how many coalitions these are.
        selection: ``none`` keeps all; ``forward`` adds the player that raises the weighted R^2
            most, one by one; ``highest`` takes the largest coefficients of a ridge regression on
            all players; ``lasso`` the last point on the LARS path with few enough players;
            ``auto`` is ``forward`` for at most six features, else ``highest``.
        features: the most players to keep.

    Returns:
        int64 [k], k <= features unless all are kept.

    Raises:
        ValueError: for another selection.
    """
    players = len(moments.centre)
    if selection == "none":
        return np.arange(players)
    if selection == "auto":
        selection = "forward" if features <= FORWARD_LIMIT else "highest"
    if selection == "forward":
        return _forward(moments, min(features, players))
    if selection == "highest":
        coefficients, _ = moments.ridge(np.arange(players), RANKING_RIDGE)
        return np.argsort(-np.abs(coefficients), kind="stable")[:features]
    if selection == "lasso":
        return _lasso(moments, samples, features)
    raise ValueError(
        f"unknown selection {selection!r}; there are none, auto, forward, highest, lasso"
    )


def _forward(moments: Moments, count: int) -> np.ndarray:
    """Greedy selection by the drop of the squared error, which sweeping the Gram matrix gives."""
    gram, cross = moments.gram.copy(), moments.cross.copy()
    # What is left of a column that others explain is rounding error, not variance.
    negligible = 1e-10 * np.maximum(np.diag(gram), 1e-300)
    free = np.ones(len(cross), dtype=bool)
    chosen = []
    for _ in range(count):
        left = np.diag(gram)
        useful = free & (left > negligible)
        gain = np.where(useful, cross**2 / np.where(useful, left, 1.0), 0.0)
        best = int(np.where(free, gain, -1.0).argmax())
        chosen.append(best)
        free[best] = False
        if useful[best]:
            row = gram[best] / gram[best, best]
            cross = cross - cross[best] * row
            gram = gram - np.outer(gram[:, best], row)
    return np.array(chosen)


def _lasso(moments: Moments, samples: int, features: int) -> np.ndarray:
    from sklearn.linear_model import lars_path_gram

    _, _, path = lars_path_gram(
        moments.cross, moments.gram, n_samples=samples, method="lasso", copy_Gram=True
    )
    active = path.T != 0
    few = np.flatnonzero(active.sum(axis=1) <= features)
    return np.flatnonzero(active[few[-1]])


def covariance(
    moments: Moments,
    design: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    coefficients: np.ndarray,
    intercept: float,
) -> np.ndarray:
    """Covariance of the ridge coefficients of all players over draws of the coalitions.

    The sandwich estimate A^-1 (sum w^2 e^2 x x^T) A^-1 with A = gram + ridge, residuals e, and
    x centred; robust to a surrogate that does not fit (White 1980), with the leverage correction
    of HC3 (MacKinnon & White 1985). It is the error of drawing, not of being linear.

    Args:
        moments: of the coalitions.
        design: float64 [m, n].
        values, weights: float64 [m].
        coefficients, intercept: the fit.

    Returns:
        float64 [n, n]; NaN with no more coalitions than coefficients.
    """
    samples, players = design.shape
    if samples <= players + 1:
        return np.full((players, players), np.nan)
    centred = design - moments.centre
    inverse = np.linalg.inv(moments.gram + RIDGE * np.eye(players))
    projected = centred @ inverse
    leverage = weights / weights.sum() + weights * np.einsum("ij,ij->i", projected, centred)
    residual = values - design @ coefficients - intercept
    score = weights * residual / (1 - np.minimum(leverage, 0.99))
    scaled = projected * score[:, None]
    return scaled.T @ scaled
