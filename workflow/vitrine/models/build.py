"""The architecture that a study's encoding and a scale ask for."""

from vitrine.data.encoding import Encoding
from vitrine.models.transformer import Architecture


def architecture(encoding: Encoding, scale: dict[str, int], dropout: float) -> Architecture:
    """Fit a scale to a domain.

    Classifiers see all players at once and read the mean state. Recommenders see only what came
    before, know places by distance (so a window of a long history is like any other), and score
    the vocabulary from the last state.

    Args:
        encoding: what the study's players look like.
        scale: ``layers``, ``heads`` and ``width``.
        dropout: share of activations dropped in training.
    """
    ranking = encoding.task == "ranking"
    return Architecture(
        layers=scale["layers"],
        heads=scale["heads"],
        width=scale["width"],
        vocabulary=len(encoding.vocabulary),
        features=encoding.feature_width,
        feature_groups=encoding.feature_groups,
        positions=0 if ranking else encoding.positions,
        relative=encoding.positions if ranking else 0,
        outputs=0 if ranking else len(encoding.classes),
        causal=ranking,
        readout="last" if ranking else "mean",
        dropout=dropout,
    )
