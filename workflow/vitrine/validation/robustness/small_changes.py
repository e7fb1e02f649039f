"""Small changes of an instance that should not change its explanation much.

Each domain has its own (`Domain.small_change`). Texts and histories lose one player, and the others
close up. Images get Gaussian noise on every pixel. Of tables one numeric field moves within its
training range.
"""

import numpy as np

from vitrine.data.domains.registry import DOMAINS
from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples


def changed(
    examples: Examples, encoding: Encoding, size: float, rng: np.random.Generator
) -> tuple[Examples, list[np.ndarray]]:
    """Instances with a small change each.

    Args:
        examples: n instances.
        encoding: of the study.
        size: images: deviation of the noise, in deviations of the training pixels. Tables:
            deviation of the field's move, as a share of the training rows that it passes.
        rng: the random stream.

    Returns:
        The changed instances, and for each the players that remain, int64, by their places in
        the given instance.
    """
    return DOMAINS[encoding.domain].small_change(examples, encoding, size, rng)
