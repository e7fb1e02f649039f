"""A tidy summary of the attention maps of each head."""

import numpy as np
import pandas as pd


def summarise(maps: np.ndarray) -> pd.DataFrame:
    """Summaries of each head's map, averaged over the attending tokens.

    Args:
        maps: float [layers, heads, T, T], rows summing to 1, token 0 the start token.

    Returns:
        One row per head with the columns ``layer, head``, ``entropy`` (nats), ``self_weight``
        (attention to the token itself), ``start_weight`` (to the start token) and ``distance``
        (mean number of tokens between the attending and the attended).
    """
    layers, heads, size, _ = maps.shape
    place = np.arange(size)
    logs = np.log(maps, out=np.zeros_like(maps), where=maps > 0)
    return pd.DataFrame(
        {
            "layer": np.repeat(np.arange(layers), heads),
            "head": np.tile(np.arange(heads), layers),
            "entropy": -(maps * logs).sum(axis=-1).mean(axis=-1).ravel(),
            "self_weight": np.diagonal(maps, axis1=-2, axis2=-1).mean(axis=-1).ravel(),
            "start_weight": maps[..., 0].mean(axis=-1).ravel(),
            "distance": (maps * np.abs(place[:, None] - place)).sum(axis=-1).mean(axis=-1).ravel(),
        }
    )
