"""Stage `train`: prepared data to a trained model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from vitrine.data.encoding import load_encoding
from vitrine.data.examples import load_examples
from vitrine.evaluation.predict import load_split, score
from vitrine.files import sha256, write_table
from vitrine.models.build import Scale, build, initial, shape_of
from vitrine.models.machine import Machine
from vitrine.models.pretrained.settings import PretrainedSettings
from vitrine.models.settings import ArchitectureSettings
from vitrine.models.storage import save_model
from vitrine.tracking.record import Record
from vitrine.training.team import Team
from vitrine.training.together import train_together
from vitrine.training.train import TrainingSettings, train


def train_model(
    data: Path,
    model: Path,
    shape: Path,
    history: Path,
    *,
    scale: dict[str, Any],
    training: dict[str, Any],
    metric: str,
    seed: int,
    code: str,
    machine: Machine,
    record: Record,
) -> None:
    """Train one model and write it with its history, in as many processes as the scale says.

    Args:
        data, model, shape, history, scale, training, metric, seed, code: see `fit`.
        machine: threads of torch and graphics cards.
        record: gets the metrics of every epoch.
    """
    settings: dict[str, Any] = {
        "scale": scale,
        "training": training,
        "metric": metric,
        "seed": seed,
        "code": code,
    }
    files = (data, model, shape, history)
    device = machine.device()
    # A pretrained model is trained by one.
    processes = scale.get("processes", 1)
    if processes == 1:
        parameters = fit(*files, **settings, device=device, team=Team(), report=record.metrics)
    else:
        settings["files"] = [str(path) for path in files]
        settings["threads"] = max(1, machine.threads // processes)
        settings["device"] = device.type
        parameters = train_together(settings, processes, record.metrics)["parameters"]
    record.params({"parameters": parameters})


def _scale(settings: dict[str, Any]) -> Scale:
    if "model" not in settings:
        return ArchitectureSettings(**settings)
    # The version of the package that ships the model only tells when it has changed.
    return PretrainedSettings(**{key: settings[key] for key in PretrainedSettings.model_fields})


def fit(
    data: Path,
    model: Path,
    shape: Path,
    history: Path,
    *,
    scale: dict[str, Any],
    training: dict[str, Any],
    metric: str,
    seed: int,
    code: str,
    device: torch.device,
    team: Team,
    report: Callable[[dict[str, float], int], None],
) -> int:
    """Train one model in this process, which may be one of several.

    Args:
        data: the study's data folder.
        model, shape, history: files that the first process writes: weights, architecture and
            metrics per epoch.
        scale: layers, heads and width, or an entry of ``pretrained`` in the configuration.
        training: optimisation settings.
        metric: validation metric that chooses the epoch.
        seed: base seed of weights, batches and dropping.
        code: digest of the code; a checkpoint of other code is not resumed.
        device: where to train.
        team: this process's place among those that train the model.
        report: gets metrics and the epoch.

    Returns:
        The number of weights.
    """
    settings = TrainingSettings(**training)
    encoding = load_encoding(data)
    size = _scale(scale)
    own = shape_of(size, encoding, lambda: load_examples(data, "train"), settings.dropout)
    reader = build(own)
    validation = load_split(data, "validation", encoding, reader)
    files = [data / name for name in ("train.parquet", "validation.parquet", "encoding.json")]
    checkpoint = model.with_name("checkpoint.safetensors")
    trained, epochs = train(
        own,
        load_examples(data, "train", reader.encode),
        lambda candidate: score(candidate, validation, encoding),
        settings=settings,
        metric=metric,
        players=encoding.players,
        seed=seed,
        checkpoint=checkpoint,
        fingerprint=" ".join([code, str(team.size), *(sha256(file) for file in files)]),
        report=report,
        device=device,
        team=team,
        initial=initial(own),
    )
    if team.rank == 0:
        save_model(trained, model, shape)
        write_table(history, epochs)
        checkpoint.unlink(missing_ok=True)
    return sum(weight.numel() for weight in trained.parameters())
