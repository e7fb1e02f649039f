"""Stage `permuted`: a control model like the explained one that has learned permuted labels."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.reads import code, key, wildcard
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record
from vitrine.validation.randomisation.settings import PermutedLabelsSettings

if TYPE_CHECKING:
    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs:
    """The training rows, and the architecture of the explained model."""

    train: Path
    encoding: Path
    architecture: Path
    pretrained: list[Path]


@dataclass(frozen=True)
class Outputs:
    """Weights, architecture (without dropout) and accuracy on the permuted instances per epoch."""

    model: Path
    architecture: Path
    history: Path


@dataclass(frozen=True)
class Settings:
    """What is memorised, and how."""

    labels: PermutedLabelsSettings = key("validation.sanity.labels")
    token_dropping: float = key("study.training.token_dropping")
    validation_seed: int = key("validation.seed")
    seed: int = wildcard("seed")
    code: str = code()


STAGE = Stage(
    name="permuted",
    order=50,
    settings=Settings,
    cost=Cost(1300, 10, model=True, trains=True),
    target=Target("chosen", ("permuted/permuted.safetensors",)),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Train one model on permuted labels; records the metrics of every epoch."""
    from vitrine.training.fit import ModelFiles
    from vitrine.training.memorise import Memorisation, train_permuted

    train_permuted(
        inputs.train.parent,
        inputs.architecture,
        ModelFiles(outputs.model, outputs.architecture, outputs.history),
        Memorisation(
            instances=settings.labels.instances,
            epochs=settings.labels.epochs,
            token_dropping=settings.token_dropping,
            selection_seed=settings.validation_seed,
            seed=settings.seed,
        ),
        code=settings.code,
        machine=machine,
        record=record,
    )
