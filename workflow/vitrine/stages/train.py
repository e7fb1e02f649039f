"""Stage `train`: prepared data to a trained model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.models.pretrained.settings import PretrainedSettings
from vitrine.models.settings import ArchitectureSettings
from vitrine.reads import code, key, wildcard
from vitrine.stages.stage import Config, Cost, Stage, Target, Wildcards
from vitrine.tracking.record import Record
from vitrine.training.settings import TrainingSettings

if TYPE_CHECKING:
    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs:
    """The prepared data, and the files of a pretrained model that lies in a local folder."""

    train: Path
    validation: Path
    encoding: Path
    pretrained: list[Path]


@dataclass(frozen=True)
class Outputs:
    """Weights, architecture and metrics per epoch."""

    model: Path
    architecture: Path
    history: Path


@dataclass(frozen=True)
class Settings:
    """What is trained, and how."""

    scale: ArchitectureSettings | PretrainedSettings = key("scale")
    training: TrainingSettings = key("study.training")
    metric: str = key("study.metric")
    seed: int = wildcard("seed")
    code: str = code()


def worker_code(_config: Config, _wildcards: Wildcards) -> Sequence[str]:
    """What each of several processes runs that train one model together."""
    return ["vitrine.training.worker"]


STAGE = Stage(
    name="train",
    order=30,
    settings=Settings,
    cost=Cost(1300, 15, model=True, trains=True, processes=True),
    target=Target("models", ("model.safetensors",)),
    code=worker_code,
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Train one model; records the metrics of every epoch and the number of parameters."""
    from vitrine.training.fit import ModelFiles, Training, train_model

    training = Training(
        data=inputs.train.parent,
        files=ModelFiles(outputs.model, outputs.architecture, outputs.history),
        scale=settings.scale,
        settings=settings.training,
        metric=settings.metric,
        seed=settings.seed,
        code=settings.code,
    )
    train_model(training, machine, record)
