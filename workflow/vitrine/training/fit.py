"""Training a model of a study from its prepared data to files, in one process or several."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from vitrine.data.encoding import load_encoding
from vitrine.data.examples import load_examples
from vitrine.evaluation.predict import load_split, score
from vitrine.files import sha256, write_table
from vitrine.models.build import Scale, build, shape_of
from vitrine.models.machine import Machine
from vitrine.models.settings import ArchitectureSettings
from vitrine.models.storage import save_model
from vitrine.tracking.record import Record
from vitrine.training.checkpoint import Checkpoint
from vitrine.training.processes import train_in_processes
from vitrine.training.settings import TrainingSettings
from vitrine.training.team import Team
from vitrine.training.train import Report, Validation, train

CHECKPOINT = "checkpoint.safetensors"
# What a model depends on, below the data folder of its study.
INPUTS = ("train.parquet", "validation.parquet", "encoding.json")


@dataclass(frozen=True)
class ModelFiles:
    """The files of a trained model.

    Attributes:
        weights: safetensors.
        architecture: JSON.
        history: metrics per epoch (Parquet), ``split, metric, epoch, value``.
    """

    weights: Path
    architecture: Path
    history: Path

    @property
    def checkpoint(self) -> Path:
        """Where the training state is saved until training ends."""
        return self.weights.with_name(CHECKPOINT)


@dataclass(frozen=True)
class Training:
    """A model of a study that is trained.

    Attributes:
        data: the study's data folder.
        files: to write.
        scale: the size of a transformer, or a pretrained model.
        settings: optimisation settings.
        metric: validation metric that chooses the epoch.
        seed: base seed of weights, batches and token dropping.
        code: digest of the code; a checkpoint of other code is not resumed.
    """

    data: Path
    files: ModelFiles
    scale: Scale
    settings: TrainingSettings
    metric: str
    seed: int
    code: str

    def to_json(self) -> str:
        """As JSON, for the processes of a team."""
        content = {name: getattr(self, name) for name in ("metric", "seed", "code")}
        content["data"] = str(self.data)
        content["files"] = {name: str(path) for name, path in asdict(self.files).items()}
        content["scale"] = self.scale.model_dump()
        content["settings"] = self.settings.model_dump()
        return json.dumps(content)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        content = json.loads(text)
        content["data"] = Path(content["data"])
        paths = {name: Path(path) for name, path in content["files"].items()}
        content["files"] = ModelFiles(**paths)
        content["settings"] = TrainingSettings.model_validate(content["settings"])
        content["scale"] = TypeAdapter(Scale).validate_python(content["scale"])
        return cls(**content)


def train_model(training: Training, machine: Machine, record: Record) -> None:
    """Train one model and write its files, in as many processes as its scale states.

    Args:
        training: the model.
        machine: CPU threads and GPUs.
        record: gets the metrics of every epoch and the number of parameters.
    """
    device = machine.device()
    # A pretrained model is trained by one process.
    scale = training.scale
    processes = scale.processes if isinstance(scale, ArchitectureSettings) else 1
    if processes == 1:
        parameters = fit(training, Team(device=device), record.metrics)
    else:
        threads = max(1, machine.threads // processes)
        parameters = train_in_processes(
            training.to_json(), processes, threads, device, record.metrics
        )
    record.params({"parameters": parameters})


def fit(training: Training, team: Team, report: Report) -> int:
    """Train one model in this process, which may be one of several.

    Args:
        training: the model; the first process writes its files.
        team: the processes that train the model, and the device of this one.
        report: gets metrics and the epoch.

    Returns:
        The number of weights.
    """
    data, files, settings = training.data, training.files, training.settings
    encoding = load_encoding(data)
    shape = shape_of(
        training.scale, encoding, lambda: load_examples(data, "train"), settings.dropout
    )
    reader = build(shape)
    split = load_split(data, "validation", encoding, reader)
    digests = [sha256(data / name) for name in INPUTS]
    checkpoint = Checkpoint(files.checkpoint, " ".join([training.code, str(team.size), *digests]))
    model, history = train(
        shape,
        load_examples(data, "train", reader.encode),
        Validation(lambda candidate: score(candidate, split, encoding), training.metric),
        settings=settings,
        window=encoding.players,
        seed=training.seed,
        checkpoint=checkpoint,
        report=report,
        team=team,
    )
    if team.rank == 0:
        save_model(model, files.weights, files.architecture)
        write_table(files.history, history)
        checkpoint.remove()
    return sum(weight.numel() for weight in model.parameters())
