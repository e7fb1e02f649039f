"""Training an ability: AdamW, warm-up, a steady rate, a decay; measured along the way."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from vitrine.emergence.ability import Ability
from vitrine.seeds import derive
from vitrine.training.optimizer import AdamW

WARMUP = 20  # steps
# Last share of the steps, in which the rate falls to zero: what is noise of the steps settles.
DECAY = 0.2
AT_ONCE = 25  # batches drawn in one go: drawing many is faster

Report = Callable[[dict[str, float], int], None]
State = dict[str, Tensor]
Items = tuple[Tensor, ...]


@dataclass(frozen=True)
class Trained:
    """What a training leaves behind.

    Attributes:
        model: after the last step, in evaluation mode.
        curve: one row per measurement, with the columns ``step, metric, value``.
        states: the weights at every measured step.
    """

    model: nn.Module
    curve: pd.DataFrame
    states: dict[int, State]


def measured_steps(steps: int, measurements: int) -> list[int]:
    """The steps at which a training is measured: its start, and evenly up to its end."""
    return sorted({round(steps * k / measurements) for k in range(measurements + 1)})


def schedule(step: int, steps: int) -> float:
    """Share of the learning rate at a step, counted from 0."""
    return min(1.0, (step + 1) / WARMUP, (steps - step) / (DECAY * steps))


def train(ability: Ability, *, seed: int, measurements: int, report: Report) -> Trained:
    """Train one model.

    Args:
        ability: what is learned, and at which size.
        seed: base seed of weights and training items; test items are the same for all seeds.
        measurements: how often the model is measured after its start.
        report: called with the measurements and the step.

    Raises:
        FloatingPointError: when the loss is no longer finite.
    """
    torch.manual_seed(derive(seed, "weights"))
    model = ability.build()
    parameters = list(model.parameters())
    optimizer = AdamW(parameters, ability.learning_rate, ability.weight_decay)
    fixed, test = ability.split(np.random.default_rng(derive(seed, "split"))) or (None, None)
    if test is None:
        test = ability.test(ability.test_items, np.random.default_rng(derive(0, "test")))
    wanted = set(measured_steps(ability.steps, measurements))
    rows: list[dict[str, Any]] = []
    states: dict[int, State] = {}
    batches = _batches(ability, fixed, seed)
    for step in range(ability.steps + 1):
        if step in wanted:
            model.eval()
            found = ability.measure(model, test)
            rows += [{"step": step, "metric": name, "value": v} for name, v in found.items()]
            states[step] = copy.deepcopy(model.state_dict())
            report(found, step)
            model.train()
        if step == ability.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = ability.learning_rate * schedule(step, ability.steps)
        loss = ability.loss(model, next(batches))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if step % AT_ONCE == 0 and not torch.isfinite(loss):
            raise FloatingPointError(
                f"the loss is {loss.item()} at step {step}: lower the learning rate "
                f"(now {ability.learning_rate})"
            )
    return Trained(model.eval(), pd.DataFrame(rows), states)


def _batches(ability: Ability, fixed: Items | None, seed: int) -> Iterator[Items]:
    if fixed is not None:
        while True:
            yield fixed
    rng = np.random.default_rng(derive(seed, "batches"))
    while True:
        drawn = ability.draw(AT_ONCE * ability.batch_size, rng)
        yield from zip(*(part.split(ability.batch_size) for part in drawn), strict=True)
