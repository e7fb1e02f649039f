"""Initial vectors of words and items from their co-occurrence in the training instances."""

import numpy as np
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.linalg import svds

from vitrine.data.examples import Examples

WINDOW = 5
SMOOTHING = 0.75


def cooccurrence(examples: Examples, vocabulary: int) -> coo_array:
    """Co-occurrence counts of nearby ids, float64 [vocabulary, vocabulary], symmetric.

    Ids of one instance at a distance of d <= 5 tokens count 1 / d.
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


def neighbour_information(examples: Examples, vocabulary: int) -> csr_array:
    """Positive pointwise mutual information of nearby ids, contexts smoothed by the power 0.75.

    Levy, Goldberg & Dagan 2015.

    Returns:
        float64 [vocabulary, vocabulary].
    """
    counts = cooccurrence(examples, vocabulary)
    totals = counts.sum(axis=1)
    context = totals**SMOOTHING / (totals**SMOOTHING).sum()
    information = np.log(counts.data / (totals[counts.row] * context[counts.col]))
    positive = information > 0
    pairs = (counts.row[positive], counts.col[positive])
    return coo_array((information[positive], pairs), shape=counts.shape).tocsr()


def document_weights(examples: Examples, vocabulary: int) -> csr_array:
    """Sublinear TF-IDF of ids in instances, instances scaled to length 1.

    Deerwester et al. 1990 (latent semantic analysis).

    Returns:
        float64 [vocabulary, n].
    """
    count = len(examples)
    instance = np.repeat(np.arange(count), examples.lengths)
    ones = np.ones(len(instance))
    table = coo_array((ones, (examples.ids, instance)), shape=(vocabulary, count)).tocsr()
    table.data = 1 + np.log(table.data)
    weights = diags_array(np.log((1 + count) / (1 + np.diff(table.indptr))) + 1) @ table
    lengths = np.sqrt((weights**2).sum(axis=0))
    return (weights @ diags_array(1 / np.maximum(lengths, 1e-12))).tocsr()


COOCCURRENCE = {"neighbours": neighbour_information, "documents": document_weights}
# Longer vectors change more slowly, which suits ids that occur rarely; most of all the items of a
# recommender, whose vectors also score them.
LENGTH = {"neighbours": 3.0, "documents": 2.0}


def svd_vectors(
    examples: Examples, vocabulary: int, width: int, kind: str, seed: int
) -> np.ndarray:
    """Truncated SVD of the co-occurrence of ids, scaled by the roots of the singular values.

    Ids that occur in the same context start close together, which a model would otherwise need many
    instances to learn.

    Args:
        examples: the training instances.
        vocabulary: number of ids.
        width: numbers per vector.
        kind: "neighbours" (nearby tokens) or "documents" (the same instances).
        seed: of the iterative solver.

    Returns:
        float32 [vocabulary, width], rows of the length ``LENGTH[kind]``, or 0 for ids that never
        occur.
    """
    matrix = COOCCURRENCE[kind](examples, vocabulary)
    rank = min(width, min(matrix.shape) - 1)
    left, singular, _ = svds(matrix, k=rank, rng=np.random.default_rng(seed))
    vectors = np.zeros((vocabulary, width))
    vectors[:, :rank] = left * np.sqrt(singular)
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled = LENGTH[kind] * np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 1e-9)
    rounded: np.ndarray = scaled.astype(np.float32)
    return rounded
