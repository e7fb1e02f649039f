"""The loss of a batch and its gradient, in as many parts as memory asks for."""

import logging
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.models.model import Model
from vitrine.models.packing import Tokens
from vitrine.training.batches import seen_before
from vitrine.training.team import Team

log = logging.getLogger(__name__)

# The score of an item that is no candidate: next to no share of the softmax, and yet a sensible
# loss with label smoothing.
_NO_CANDIDATE = -50.0
# Narrower models wait for memory and for the start of kernels, not for arithmetic.
MIXED_FROM_WIDTH = 256


class Objective(nn.Module):
    """The mean cross-entropy of a batch, as a module, so that several processes can share it.

    Args:
        model: what is trained.
        label_smoothing: probability that the target gives to the other classes.
        mixed: whether matrices are multiplied in bfloat16; the loss is always float32.
    """

    def __init__(self, model: Model, label_smoothing: float, mixed: bool = False) -> None:
        super().__init__()
        self.model = model
        self.label_smoothing = label_smoothing
        self.mixed = mixed

    def forward(self, tokens: Tokens, targets: Tensor) -> Tensor:
        """The loss, a float32 scalar; 0 where nothing is to be learned.

        Args:
            tokens: a batch.
            targets: int64 [batch] classes, or for recommenders [batch, 1 + players] items that
                follow, -1 where nothing is to be learned.
        """
        with self._precision(tokens.ids.device.type):
            states = self.model.states(tokens)
            if self.model.shape.causal:
                # Scores of a vocabulary cost more than all else: only where there is a target.
                learned = targets >= 0
                seen = seen_before(tokens, targets, learned)
                scores, targets = self.model.scores(states[learned]), targets[learned]
                scores = scores.scatter(1, seen, _NO_CANDIDATE)
            else:
                scores = self.model.scores(self.model.read(states, tokens))
        if len(targets) == 0:
            # Every weight takes part, so that processes which share a batch stay in step.
            return 0.0 * (states.float().sum() + scores.float().sum())
        return functional.cross_entropy(
            scores.float(), targets, label_smoothing=self.label_smoothing
        )

    def _precision(self, device: str) -> AbstractContextManager[Any]:
        return torch.autocast(device, torch.bfloat16) if self.mixed else nullcontext()


def mixed_precision(wanted: bool, width: int, device: torch.device) -> bool:
    """Whether training multiplies in bfloat16: on cards that can, where it pays."""
    able = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return wanted and able and width >= MIXED_FROM_WIDTH


class Gradients:
    """Computes the gradient of batches; where one does not fit in memory, in halves of it.

    The parts' gradients add up to the whole batch's, so what is learned stays the same but for the
    order of sums and, with dropout, other draws. The number of parts is kept for later batches.

    Args:
        objective: of the model.
        team: the processes that train it.
        device: where the model is.
    """

    def __init__(self, objective: Objective, team: Team, device: torch.device) -> None:
        self.objective = objective
        self.team = team
        self.device = device
        self.parts = 1
        self._wrapped = team.wrapped(objective)
        self._weights = list(objective.parameters())

    def __call__(self, tokens: Tokens, targets: Tensor) -> float:
        """Set the gradients to those of a batch and return this process's part of its loss.

        The mean of that over all processes is the batch's loss.

        Raises:
            torch.OutOfMemoryError: one row alone does not fit; or several processes train, which
                must stay in step.
        """
        while True:
            for weight in self._weights:
                weight.grad = None
            try:
                return self._of_parts(tokens, targets)
            except torch.OutOfMemoryError:
                if self.parts >= len(targets) or self.team.size > 1:
                    raise
                self.parts *= 2
                log.warning("out of memory: batches are learned in %d parts from now", self.parts)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    def _of_parts(self, tokens: Tokens, targets: Tensor) -> float:
        rows = self.team.share(len(targets))
        # Everyone takes part in every step, if need be with a row that counts nothing.
        counted = len(rows) > 0
        chunks = rows.chunk(self.parts) if counted else (torch.zeros(1, dtype=torch.int64),)
        whole = _targets(targets)
        total = 0.0
        for chunk in chunks:
            entire = len(chunk) == len(targets)
            some = (tokens, targets) if entire else (taken(tokens, chunk), targets[chunk])
            share = self.team.size * _targets(some[1]) / whole if counted and whole else 0.0
            loss = self._wrapped(some[0].to(self.device), some[1].to(self.device))
            (loss if entire else loss * share).backward()
            total += loss.item() * share
        return total


def taken(tokens: Tokens, rows: Tensor) -> Tokens:
    """Some rows of a batch."""
    present = None if tokens.present is None else tokens.present[rows]
    return replace(
        tokens,
        ids=tokens.ids[rows],
        features=tokens.features[rows],
        positions=tokens.positions[rows],
        present=present,
    )


def _targets(targets: Tensor) -> int:
    return int((targets >= 0).sum())
