"""Small trainings."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tiny

from vitrine.data.examples import Examples
from vitrine.models.inference import logits
from vitrine.models.model import Model
from vitrine.models.transformer import Architecture
from vitrine.training.checkpoint import Checkpoint
from vitrine.training.settings import TrainingSettings
from vitrine.training.train import Validation, train

QUICK = TrainingSettings(
    epochs=6,
    batch_size=8,
    learning_rate=0.01,
    weight_decay=0.01,
    warmup=0.1,
    dropout=0.1,
    label_smoothing=0.0,
    token_dropping=0.5,
    gradient_clip=1.0,
    patience=10,
    weight_averaging=0.5,
    start="random",
)


def learnable(count: int, seed: int = 0) -> Examples:
    """Instances whose label is whether the word 1 occurs."""
    rng = np.random.default_rng(seed)
    examples = tiny.examples(list(rng.integers(1, 9, count)), seed=seed)
    ids = np.where(rng.random(len(examples.ids)) < 0.15, 1, examples.ids)
    has = [int((ids[examples.rows(i)] == 1).any()) for i in range(count)]
    return replace(examples, ids=ids, labels=np.array(has))


def changed(**values: Any) -> TrainingSettings:
    """The quick settings with other values, which need not be within the bounds."""
    return QUICK.model_copy(update=values)


def run(
    tmp_path: Path,
    *,
    settings: TrainingSettings = QUICK,
    shape: Architecture | None = None,
    epochs_seen: list[tuple[int, Mapping[str, float]]] | None = None,
    score: Callable[[Model], dict[str, float]] | None = None,
    metric: str = "accuracy",
    fingerprint: str = "data and code",
    **changes: Any,
) -> tuple[Model, pd.DataFrame]:
    """Train a small model; ``changes`` are further arguments of `train`."""
    training, validation = learnable(96), learnable(64, seed=1)

    def accuracy(model: Model) -> dict[str, float]:
        outputs = logits(model, validation)
        return {"accuracy": float((outputs.argmax(axis=1) == validation.labels).mean())}

    def report(metrics: Mapping[str, float], epoch: int) -> None:
        if epochs_seen is not None:
            epochs_seen.append((epoch, metrics))

    options: dict[str, Any] = {
        "settings": settings,
        "window": 12,
        "seed": 0,
        "checkpoint": Checkpoint(tmp_path / "checkpoint.safetensors", fingerprint),
        "report": report,
    }
    return train(
        shape or tiny.architecture(outputs=2),
        training,
        Validation(score or accuracy, metric),
        **(options | changes),
    )
