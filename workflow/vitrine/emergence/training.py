"""Training a task, with measurements along the way."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from vitrine.emergence.task import Task
from vitrine.seeds import derive
from vitrine.training.loop import training_steps

CHECK_EVERY = 25  # steps

Report = Callable[[dict[str, float], int], None]
State = dict[str, Tensor]


@dataclass(frozen=True)
class TrainingRun:
    """The result of a training.

    Attributes:
        model: after the last step, in evaluation mode.
        curve: one row per measurement, with the columns ``step, metric, value``.
        states: the weights at every measured step.
        losses: the losses of the test items by metric, float [items], at every measured step.
    """

    model: nn.Module
    curve: pd.DataFrame
    states: dict[int, State]
    losses: list[dict[str, np.ndarray]]


def measured_steps(steps: int, measurements: int) -> list[int]:
    """The steps at which a training is measured: its start, and evenly up to its end."""
    return sorted({round(steps * k / measurements) for k in range(measurements + 1)})


def train(task: Task[Any], *, seed: int, measurements: int, report: Report) -> TrainingRun:
    """Train one model.

    Args:
        task: what is learned, and at which size.
        seed: base seed of weights and training items.
        measurements: number of measurements after the start.
        report: called with the measurements and the step.

    Raises:
        FloatingPointError: the loss is no longer finite.
    """
    settings = task.settings
    torch.manual_seed(derive(seed, "weights"))
    model = task.build()
    test = task.test_set(seed)
    batches = task.batches(seed)
    steps = set(measured_steps(settings.steps, measurements))
    rows: list[dict[str, Any]] = []
    states: dict[int, State] = {}
    losses: list[dict[str, np.ndarray]] = []

    def measure(step: int) -> None:
        model.eval()
        values = task.measure(model, test)
        rows.extend({"step": step, "metric": name, "value": v} for name, v in values.items())
        losses.append(task.item_losses(model, test))
        states[step] = copy.deepcopy(model.state_dict())
        report(values, step)
        model.train()

    measure(0)
    for step, _ in training_steps(
        model,
        lambda: task.loss(model, next(batches)),
        steps=settings.steps,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        check_every=CHECK_EVERY,
    ):
        if step + 1 in steps:
            measure(step + 1)
    return TrainingRun(model.eval(), pd.DataFrame(rows), states, losses)
