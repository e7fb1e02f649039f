"""The loss of a batch and its gradient, in as many parts as the memory requires."""

import logging
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.models.model import Model
from vitrine.models.packing import Tokens
from vitrine.training.batches import earlier_items
from vitrine.training.team import Team

log = logging.getLogger(__name__)

# The score of an item that is no candidate: almost no share of the softmax, but a finite loss with
# label smoothing.
_NO_CANDIDATE = -50.0
# Narrower models are limited by memory and kernel launches, not by arithmetic.
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
        """The loss, a float32 scalar; 0 without targets.

        Args:
            tokens: a batch.
            targets: int64 [batch] classes, or for recommenders [batch, 1 + items] next items, -1
                where there is no target.
        """
        with self._precision(tokens.ids.device.type):
            states = self.model.states(tokens)
            if self.model.shape.causal:
                # Scores of a vocabulary are the largest cost: only where there is a target.
                has_target = targets >= 0
                earlier = earlier_items(tokens, targets, has_target)
                scores, targets = self.model.scores(states[has_target]), targets[has_target]
                scores = scores.scatter(1, earlier, _NO_CANDIDATE)
            else:
                scores = self.model.scores(self.model.read(states, tokens))
        if len(targets) == 0:
            # Every weight takes part, so that processes that share a batch stay synchronised.
            return 0.0 * (states.float().sum() + scores.float().sum())
        return functional.cross_entropy(
            scores.float(), targets, label_smoothing=self.label_smoothing
        )

    def _precision(self, device: str) -> AbstractContextManager[Any]:
        return torch.autocast(device, torch.bfloat16) if self.mixed else nullcontext()


def mixed_precision(enabled: bool, width: int, device: torch.device) -> bool:
    """Whether training uses bfloat16: on GPUs that support it, for wide models."""
    supported = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return enabled and supported and width >= MIXED_FROM_WIDTH


class Gradients:
    """Computes the gradient of batches; where one does not fit into memory, in parts.

    The gradients of the parts add up to that of the whole batch, so that the training differs only
    in the order of sums and, with dropout, in its draws. The number of parts is kept for later
    batches.

    Args:
        objective: of the model.
        team: the processes that train it, and the device where the model is.
    """

    def __init__(self, objective: Objective, team: Team) -> None:
        self.objective = objective
        self.team = team
        self.parts = 1
        self._distributed = team.wrapped(objective)
        self._weights = list(objective.parameters())

    def __call__(self, tokens: Tokens, targets: Tensor) -> float:
        """Set the gradients to those of a batch and return this process's part of its loss.

        The mean of that over all processes is the batch's loss.

        Raises:
            torch.OutOfMemoryError: one row alone does not fit; or several processes train, which
                must stay synchronised.
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
                log.warning(
                    "out of memory: from now on batches are processed in %d parts", self.parts
                )
            if self.team.device.type == "cuda":
                torch.cuda.empty_cache()

    def _of_parts(self, tokens: Tokens, targets: Tensor) -> float:
        rows = self.team.share(len(targets))
        # Every process takes part in every step, if need be with a row of weight 0.
        counted = len(rows) > 0
        chunks = rows.chunk(self.parts) if counted else (torch.zeros(1, dtype=torch.int64),)
        total_count = _count(targets)
        total = 0.0
        for chunk in chunks:
            entire = len(chunk) == len(targets)
            inputs = tokens if entire else select_rows(tokens, chunk)
            labels = targets if entire else targets[chunk]
            share = (
                self.team.size * _count(labels) / total_count if counted and total_count else 0.0
            )
            loss = self._distributed(inputs.to(self.team.device), labels.to(self.team.device))
            (loss if entire else loss * share).backward()
            total += loss.item() * share
        return total


def select_rows(tokens: Tokens, rows: Tensor) -> Tokens:
    """Some rows of a batch."""
    present = None if tokens.present is None else tokens.present[rows]
    return replace(
        tokens,
        ids=tokens.ids[rows],
        features=tokens.features[rows],
        positions=tokens.positions[rows],
        present=present,
    )


def _count(targets: Tensor) -> int:
    return int((targets >= 0).sum())
