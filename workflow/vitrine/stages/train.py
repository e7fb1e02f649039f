"""Stage `train`: prepared data to a trained model."""

from pathlib import Path
from typing import Any

from vitrine.models.machine import Machine
from vitrine.tracking.record import Record
from vitrine.training import fit
from vitrine.training.settings import TrainingSettings


def train_model(
    data: Path,
    model: Path,
    shape: Path,
    history: Path,
    *,
    training: dict[str, Any],
    machine: Machine,
    record: Record,
    **options: Any,
) -> None:
    """Train one model; see `vitrine.training.fit`."""
    settings = TrainingSettings.model_validate(training)
    files = fit.ModelFiles(model, shape, history)
    fit.train_model(
        fit.Training(data=data, files=files, settings=settings, **options), machine, record
    )
