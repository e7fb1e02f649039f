"""Starting vectors of words and items from the company that they keep in the training instances."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import svds

from vitrine.data.examples import Examples

WINDOW = 5
SMOOTHING = 0.75


def cooccurrence(examples: Examples, vocabulary: int) -> coo_array:
    """How often two ids stand near each other, float64 [vocabulary, vocabulary], symmetric.

    Ids of one instance that are d <= 5 players apart count 1 / d.
    """
    instance = np.repeat(np.arange(len(examples)), examples.lengths)
    shape = (vocabulary, vocabulary)
    counts = coo_array(shape).tocsr()
    for distance in range(1, WINDOW + 1):
        near = instance[distance:] == instance[:-distance]
        pairs = (examples.ids[distance:][near], examples.ids[:-distance][near])
        weight = np.full(len(pairs[0]), 1 / distance)
        counts = counts + coo_array((weight, pairs), shape=shape).tocsr()
    return (counts + counts.T).tocoo()


def svd_vectors(examples: Examples, vocabulary: int, width: int, seed: int) -> np.ndarray:
    """Truncated SVD of the positive pointwise mutual information of nearby ids.

    Levy, Goldberg & Dagan 2015: contexts smoothed by the power 0.75, singular values by the root.
    Ids that occur in the same company start close together, which a model would otherwise need
    many instances to learn.

    Args:
        examples: the training instances.
        vocabulary: number of ids.
        width: numbers per vector.
        seed: of the iterative solver.

    Returns:
        float32 [vocabulary, width], rows of length 1, or 0 for ids that never occur.
    """
    counts = cooccurrence(examples, vocabulary)
    often = counts.sum(axis=1)
    context = often**SMOOTHING / (often**SMOOTHING).sum()
    information = np.log(counts.data / (often[counts.row] * context[counts.col]))
    kept = information > 0
    positive = coo_array(
        (information[kept], (counts.row[kept], counts.col[kept])), shape=counts.shape
    )
    rank = min(width, vocabulary - 1)
    left, singular, _ = svds(positive.tocsr(), k=rank, rng=np.random.default_rng(seed))
    vectors = np.zeros((vocabulary, width))
    vectors[:, :rank] = left * np.sqrt(singular)
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled = np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 1e-9)
    return scaled.astype(np.float32)
