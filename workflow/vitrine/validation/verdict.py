"""The verdict on a study: which explanation to trust, how far, and with what certainty."""

from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.paired import LEAST
from vitrine.validation.faithfulness.measures.normalised_comprehensiveness import MEASURE

LEADING = MEASURE.name
_TURNED = {"better": "worse", "worse": "better"}


def judge(
    frame: pd.DataFrame,
    means: pd.DataFrame,
    comparisons: pd.DataFrame,
    margin: float,
    *,
    floor: str,
    measure: str = LEADING,
) -> dict[str, Any] | None:
    """Judge the methods by one measure, of which higher is better.

    The leading method is the one with the best mean on validation; everything said of it is
    measured on test, so that the choice does not flatter it. What is said of a pair is the
    ``outcome`` of its comparison: better, worse, equivalent or inconclusive.

    Args:
        frame: the table ``faithfulness.parquet``.
        means: of that table, see `vitrine.validation.means.method_means`.
        comparisons: of that table, see `vitrine.validation.comparison.compare`.
        margin: within which methods count as equivalent.
        floor: name of the random ranking.
        measure: name of the measure.

    Returns:
        ``measure``; ``method``, with ``mean, low, high, n`` and ``random`` (mean of the random
        ranking, None without one), on test; ``against``, the comparison of the leading method with
        every other one, by name; ``chance``, that of every method with the random ranking, by
        name; ``hopeless``, instances of test where no method does better than the random floor;
        ``margin`` within which methods count as equivalent; ``least``, the fewest instances from
        which anything is concluded, and ``too_few``, whether there are fewer. None when nothing
        was measured.
    """
    table = _table(frame, measure, "test")
    methods = [str(name) for name in table.columns if name != floor]
    if table.empty or not methods:
        return None
    found = {
        (row["split"], row["method"]): row
        for row in means[means["measure"] == measure].to_dict("records")
    }
    # On test where nothing was measured on validation.
    split = "validation" if any(key[0] == "validation" for key in found) else "test"
    method = max(methods, key=lambda name: found.get((split, name), {}).get("mean", -np.inf))
    pairs = _Comparisons(comparisons, measure)
    own = found["test", method]
    return {
        "measure": measure,
        "method": method,
        **{key: own[key] for key in ("mean", "low", "high", "n")},
        "random": found["test", floor]["mean"] if floor in table else None,
        "against": {name: pairs.of(method, str(name)) for name in table.columns if name != method},
        "chance": {name: pairs.of(name, floor) for name in methods if floor in table},
        "hopeless": int((table[methods] <= 0).all(axis=1).sum()),
        "margin": margin,
        "least": LEAST,
        "too_few": len(table) < LEAST,
    }


def _table(frame: pd.DataFrame, measure: str, split: str) -> pd.DataFrame:
    """Values of a measure on a split, an instance per row and a method per column."""
    rows = frame[(frame["measure"] == measure) & (frame["split"] == split)]
    return rows.pivot(index="instance", columns="method", values="value").dropna()


class _Comparisons:
    """The comparisons of one measure on test, from either side of a pair."""

    def __init__(self, table: pd.DataFrame, measure: str) -> None:
        rows = table[(table["measure"] == measure) & (table["split"] == "test")]
        self.rows = {(row["method"], row["other"]): row for row in rows.to_dict("records")}

    def of(self, method: str, other: str) -> dict[str, Any]:
        """The comparison; ends of an interval that is unbounded are None."""
        turned = (method, other) not in self.rows
        row = self.rows[(other, method) if turned else (method, other)]
        sign = -1 if turned else 1
        low, high = sorted(sign * row[end] for end in ("low", "high"))
        return {
            "outcome": _TURNED.get(row["outcome"], row["outcome"]) if turned else row["outcome"],
            "difference": sign * row["difference"],
            "low": low if np.isfinite(low) else None,
            "high": high if np.isfinite(high) else None,
            "effect": sign * row["effect"],
            "p_value": row["p_value"],
        }
