"""Drawing coalitions."""

import math

import numpy as np

# Above this many players all coalitions are never enumerated.
MOST_ENUMERABLE = 30


def all_coalitions(players: int) -> np.ndarray:
    """Every coalition, bool [2**players, players]; row r holds the binary digits of r."""
    numbers = np.arange(2**players, dtype="<u8").view(np.uint8).reshape(-1, 8)
    needed = numbers[:, : -(-players // 8)]
    return np.unpackbits(needed, axis=1, count=players, bitorder="little").view(bool)


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
    subsets: dict[bytes, np.ndarray] = {}
    if count > math.comb(players, size):
        raise ValueError(
            f"there are {math.comb(players, size)} subsets of {size} among {players} players, "
            f"not {count}"
        )
    while len(subsets) < count:
        missing = count - len(subsets)
        # Twice as many draws as are missing soon give new subsets, even when most are there.
        order = rng.random((2 * missing, players)).argsort(axis=1)
        for mask in order < size:
            if len(subsets) < count:
                subsets.setdefault(mask.tobytes(), mask)
    return np.array(list(subsets.values()), dtype=bool).reshape(count, players)


def paired_by_size(players: int, pairs: int, rng: np.random.Generator) -> np.ndarray:
    """Coalitions for paired regression, stratified by size, without replacement.

    Leverage scores give every coalition size the same share of the draws (Musco & Witter 2025);
    a size with fewer coalitions than its share is taken whole and what is left goes to the others.
    The sizes take turns, so the first rows are such a sample too.

    Args:
        players: n >= 2.
        pairs: coalition pairs to draw; all are drawn when there are no more.
        rng: the random stream.

    Returns:
        One coalition of each pair, bool [m, players], of size at most n / 2; its complement is
        the other.
    """
    sizes = list(range(1, players // 2 + 1))
    available = [pairs_of_size(players, s) for s in sizes]
    # Pairs of sizes s and n - s stand for two sizes, the middle size of an even n for one.
    share = np.array([1.0 if 2 * s == players else 2.0 for s in sizes])
    counts = _allocate(available, share, min(pairs, sum(available)))
    masks, turns = [], []
    for size, count, portion in zip(sizes, counts, share, strict=True):
        if 2 * size == players:
            # The first player's side names the pair.
            drawn = np.ones((count, players), dtype=bool)
            drawn[:, 1:] = random_subsets(players - 1, size - 1, count, rng)
        else:
            drawn = random_subsets(players, size, count, rng)
        masks.append(drawn)
        turns.append((np.arange(count) + rng.random()) / portion)
    return np.concatenate(masks)[np.argsort(np.concatenate(turns), kind="stable")]


def pairs_of_size(players: int, size: int) -> int:
    """How many pairs consist of a coalition of ``size`` (at most n / 2) and its complement."""
    return math.comb(players, size) // (2 if 2 * size == players else 1)


def stands_for(half: np.ndarray) -> np.ndarray:
    """The number of pairs of its size that each drawn pair stands for.

    Args:
        half: bool [m, players], one coalition of each pair, of size at most n / 2.

    Returns:
        float64 [m], at least 1: the inverse of the probability that the pair was drawn.
    """
    players, sizes = half.shape[1], half.sum(axis=1)
    drawn = np.bincount(sizes, minlength=1)
    return np.array([pairs_of_size(players, s) / max(drawn[s], 1) for s in range(len(drawn))])[
        sizes
    ]


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
