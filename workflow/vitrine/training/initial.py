"""Starting vectors from co-occurrence: latent semantic analysis (Deerwester et al. 1990)."""

import numpy as np
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import svds

from vitrine.data.examples import Examples


def svd_vectors(examples: Examples, vocabulary: int, width: int, seed: int) -> np.ndarray:
    """Vectors of the ids by a truncated SVD of the training instances.

    The matrix of ids by instances holds sublinear TF-IDF weights, instances scaled to length 1; its
    left singular vectors, scaled by the root of the singular values, put ids that occur in the
    same instances close together. A model that starts there learns from few instances what
    otherwise needs many.

    Args:
        examples: the training instances.
        vocabulary: number of ids.
        width: numbers per vector; fewer when there are fewer ids or instances.
        seed: of the iterative solver.

    Returns:
        float32 [vocabulary, width], rows of length 1, or 0 for ids that never occur.
    """
    rank = min(width, vocabulary - 1, len(examples) - 1)
    instance = np.repeat(np.arange(len(examples)), examples.lengths)
    shape = (vocabulary, len(examples))
    counts = coo_array((np.ones(len(instance)), (examples.ids, instance)), shape=shape).tocsr()
    counts.data = 1 + np.log(counts.data)
    inverse_frequency = np.log((1 + len(examples)) / (1 + np.diff(counts.indptr))) + 1
    weights = diags_array(inverse_frequency) @ counts
    lengths = np.sqrt((weights**2).sum(axis=0))
    weights = weights @ diags_array(1 / np.maximum(lengths, 1e-12))
    left, singular, _ = svds(weights, k=rank, rng=np.random.default_rng(seed))
    vectors = np.zeros((vocabulary, width))
    vectors[:, :rank] = left * np.sqrt(singular)
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 1e-9).astype(
        np.float32
    )
