"""The normalised AOPC (Edin et al. 2024, arXiv 2408.08137), between chance and the best ranking.

(AOPC - floor) / (ceiling - floor): 0 for a ranking as good as chance, 1 for the best achievable
one, negative below chance. Range: at most 1, where the ceiling is exact or counts in the ranking
itself; higher is better, also for sufficiency. There the lower end is the worst achievable ranking;
here it is the random floor, since a method must beat chance. It makes instances comparable, whose
AOPC can reach very different values.
"""


def normalised(value: float, floor: float, ceiling: float) -> float:
    """Place of an AOPC between floor and ceiling.

    Args:
        value, floor, ceiling: AOPC on one scale; for sufficiency the ceiling is the lowest.

    Returns:
        NaN when no ranking does better than chance, so that the measure is undefined.
    """
    span = ceiling - floor
    if abs(span) <= 1e-9 * max(1.0, abs(ceiling), abs(floor)):
        return float("nan")
    return (value - floor) / span
