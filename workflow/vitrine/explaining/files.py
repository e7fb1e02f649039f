"""The files of a model that is explained, by the names that rules give them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ModelFiles:
    """A trained model and what its study's instances were encoded with.

    Attributes:
        encoding: ``encoding.json`` in the study's data folder.
        model: the weights.
        architecture: their shape.
    """

    encoding: Path
    model: Path
    architecture: Path

    @property
    def data(self) -> Path:
        """The study's data folder."""
        return self.encoding.parent


@dataclass(frozen=True)
class InstanceFiles(ModelFiles):
    """A model with the instances of its study and what it predicts for them.

    Attributes:
        validation, test: the splits.
        catalog: what the vocabulary's entries are.
        predictions: of the model, from which instances are chosen.
    """

    validation: Path
    test: Path
    catalog: Path
    predictions: Path


@dataclass(frozen=True)
class GameFiles(InstanceFiles):
    """A model, its instances, and what a removed feature becomes.

    Attributes:
        background: the training rows, where they stand in for removed features.
        removal: the kind of removal that was chosen on validation.
    """

    background: Path | None
    removal: Path


@dataclass(frozen=True)
class AttentionFiles:
    """What is written of attention.

    Attributes:
        maps: npz, ``<split>/<instance>`` -> float32 [layers, heads, T, T].
        rollout: npz, same keys -> float32 [T, T].
        activations: npz, same keys -> float32 [layers, 8, T]: hidden units, those of each layer
            that vary most over the tokens of the first split; ``units`` -> int64 [layers, 8] says
            which.
        summary: table, one row per instance, layer and head.
        heatmaps: folder for pictures of the first instances of each split.
    """

    maps: Path
    rollout: Path
    summary: Path
    heatmaps: Path
    activations: Path
