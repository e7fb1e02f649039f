"""A plain training loop: AdamW, warm-up, a constant learning rate, a decay; no validation."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from vitrine.training.optimizer import AdamW

WARMUP = 20  # steps
# Last share of the steps, in which the learning rate falls to zero, so that the noise of single
# steps averages out.
DECAY = 0.2


def schedule(step: int, steps: int) -> float:
    """Share of the learning rate at a step, counted from 0."""
    return min(1.0, (step + 1) / WARMUP, (steps - step) / (DECAY * steps))


def training_steps(
    model: nn.Module,
    loss: Callable[[], Tensor],
    *,
    steps: int,
    learning_rate: float,
    weight_decay: float,
    check_every: int,
) -> Iterator[tuple[int, Tensor]]:
    """Train a model step by step.

    Args:
        model: what is trained; weights without gradient stay as they are.
        loss: draws the next batch and returns the model's loss on it.
        steps: number of steps.
        learning_rate: between warm-up and decay.
        weight_decay: of AdamW.
        check_every: number of steps between tests that the loss is finite.

    Yields:
        After each step its number, from 0, and the loss before it.

    Raises:
        FloatingPointError: the loss is no longer finite.
    """
    parameters = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = AdamW(parameters, learning_rate, weight_decay)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * schedule(step, steps)
        value = loss()
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(value)
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if (step % check_every == 0 or step == steps - 1) and not torch.isfinite(value):
            raise FloatingPointError(
                f"the loss is {value.item()} at step {step}: lower the learning rate "
                f"(now {learning_rate})"
            )
        yield step, value
