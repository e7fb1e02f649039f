"""Drawing coalitions."""

import math

import numpy as np


def all_coalitions(players: int) -> np.ndarray:
    """Every coalition, bool [2**players, players]; row r holds the binary digits of r."""
    return (np.arange(2**players)[:, None] >> np.arange(players)) % 2 == 1


def random_subsets(players: int, size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Distinct uniform subsets of one size, drawn without replacement.

    Args:
        players: players to choose from.
        size: members of each subset.
        count: subsets wanted, at most C(players, size).
        rng: the random stream.

    Returns:
        bool [count, players].
    """
    found: dict[bytes, np.ndarray] = {}
    if count > math.comb(players, size):
        raise ValueError(
            f"there are {math.comb(players, size)} subsets of {size} among {players} players, "
            f"not {count}"
        )
    while len(found) < count:
        missing = count - len(found)
        # Drawing twice what is missing meets new subsets fast even when most are known.
        order = rng.random((2 * missing, players)).argsort(axis=1)
        for mask in order < size:
            if len(found) < count:
                found.setdefault(mask.tobytes(), mask)
    return np.array(list(found.values()), dtype=bool).reshape(count, players)


def paired_by_size(
    players: int, pairs: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Coalitions for paired regression, stratified by size, without replacement.

    Leverage scores give every coalition size the same share of the draws (Musco & Witter 2025);
    a size with fewer coalitions than its share is taken whole and what is left goes to the others.

    Args:
        players: n >= 2.
        pairs: coalition pairs to draw; all are drawn when there are no more.
        rng: the random stream.

    Returns:
        One coalition of each pair, bool [m, players], of size at most n / 2; its complement is
        the other. The number of coalition pairs that each stands for, float64 [m] (the inverse of
        its probability of being drawn).
    """
    sizes = list(range(1, players // 2 + 1))
    available = [math.comb(players, s) // (2 if 2 * s == players else 1) for s in sizes]
    # Pairs of sizes s and n - s stand for two sizes, the middle size of an even n for one.
    share = np.array([1.0 if 2 * s == players else 2.0 for s in sizes])
    counts = _allocate(available, share, min(pairs, sum(available)))
    masks, weights = [], []
    for size, count, total in zip(sizes, counts, available, strict=True):
        if count == 0:
            continue
        if 2 * size == players:
            # The first player's side names the pair.
            drawn = np.ones((count, players), dtype=bool)
            drawn[:, 1:] = random_subsets(players - 1, size - 1, count, rng)
        else:
            drawn = random_subsets(players, size, count, rng)
        masks.append(drawn)
        weights.append(np.full(count, total / count))
    return np.concatenate(masks), np.concatenate(weights)


def _allocate(available: list[int], share: np.ndarray, total: int) -> list[int]:
    """Split ``total`` draws in proportion to ``share``, none above what is available."""
    counts = [0] * len(available)
    open_sizes = list(range(len(available)))
    left = total
    while left and open_sizes:
        portion = left / share[open_sizes].sum()
        full = [i for i in open_sizes if available[i] <= portion * share[i]]
        if not full:
            exact = {i: portion * share[i] for i in open_sizes}
            for i in open_sizes:
                counts[i] = int(exact[i])
            rest = left - sum(counts[i] for i in open_sizes)
            by_remainder = sorted(open_sizes, key=lambda i: (counts[i] - exact[i], i))
            for i in by_remainder[:rest]:
                counts[i] += 1
            break
        for i in full:
            counts[i] = available[i]
            left -= available[i]
            open_sizes.remove(i)
    return counts
