"""The shape of a study's model of a scale, and models of a shape."""

import importlib
from collections.abc import Callable
from typing import cast

from torch import Tensor

from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples
from vitrine.models.model import Model
from vitrine.models.pretrained.settings import PretrainedSettings
from vitrine.models.pretrained.shape import PretrainedShape
from vitrine.models.settings import ArchitectureSettings
from vitrine.models.transformer import Architecture, Transformer

Scale = ArchitectureSettings | PretrainedSettings
"""What a scale of the configuration states: the size of a model of ours, or a pretrained model."""

Shape = Architecture | PretrainedShape
"""What a model is without its weights."""

# By its name, so that stages without a pretrained model neither wait for it nor depend on it.
ADAPTER = "vitrine.models.pretrained.adapter"
DESCRIBE = "vitrine.models.pretrained.describe"
EXPORT = "vitrine.models.pretrained.export"
EXPORT_OWN = "vitrine.language.export"


def architecture(encoding: Encoding, scale: ArchitectureSettings, dropout: float) -> Architecture:
    """Fit a scale to a domain.

    Classifiers see all players at once and read the mean state. Recommenders see only what came
    before, know places by distance (so a window of a long history is like any other), and score
    the vocabulary from the last state.

    Args:
        encoding: of the study.
        scale: the size.
        dropout: share of activations dropped in training.
    """
    ranking = encoding.task == "ranking"
    return Architecture(
        layers=scale.layers,
        heads=scale.heads,
        width=scale.width,
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


def initial(shape: Shape) -> dict[str, Tensor] | None:
    """The pretrained weights of a model of this shape; None for one of ours."""
    if isinstance(shape, Architecture):
        return None
    initial_weights = importlib.import_module(DESCRIBE).initial_weights
    return cast(dict[str, Tensor], initial_weights(shape))


def shape_of(
    scale: Scale, encoding: Encoding, training: Callable[[], Examples], dropout: float
) -> Shape:
    """The shape of a study's model of a scale.

    Args:
        scale: the size of one of ours (see `architecture`), or a pretrained model.
        encoding: of the study.
        training: reads its training split, which only pretrained models of images ask for.
        dropout: share of activations dropped in training.
    """
    if isinstance(scale, ArchitectureSettings):
        return architecture(encoding, scale, dropout)
    describe = importlib.import_module(DESCRIBE).describe
    return cast(PretrainedShape, describe(scale, encoding, training, dropout))


def build(shape: Shape) -> Model:
    """A model of this shape with random initial weights, from torch's generator."""
    if isinstance(shape, Architecture):
        return Transformer(shape)
    return cast(Model, importlib.import_module(ADAPTER).Pretrained(shape))
