"""Training on permuted labels (Adebayo et al. 2018): a model that learned nothing but chance.

An explanation of such a model must differ from that of the model which learned the real labels. As
there, the model learns its labels by heart, so that it is sure of itself; a few training instances
are enough for that, and cheap. How well it knows them is measured.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from vitrine.data.examples import Examples
from vitrine.evaluation.predict import probabilities
from vitrine.models.build import Shape
from vitrine.models.inference import logits
from vitrine.models.model import Model
from vitrine.models.pretrained.shape import PretrainedShape
from vitrine.seeds import derive
from vitrine.training.train import PROCESSOR, Report, TrainingSettings, train

# What learns by heart fast: small batches, a high rate, and nothing that keeps from it.
BY_HEART = {
    "batch_size": 16,
    "learning_rate": 0.003,
    "weight_decay": 0.0,
    "warmup": 0.1,
    "dropout": 0.0,
    "label_smoothing": 0.0,
    "gradient_clip": 1.0,
    "weight_averaging": 0.9,
    "start": "random",
}
PATIENCE = 10
PRETRAINED_RATE = 0.0003


def permuted(
    training: Examples, count: int, players: int, causal: bool, rng: np.random.Generator
) -> Examples:
    """Some training instances whose labels, or films, have changed places.

    Args:
        training: the training split.
        count: instances to take.
        players: most players of an instance; of histories the last ones are kept, and one more.
        causal: whether the labels are the films that follow in a history. Then all films change
            places, which leaves nothing to learn but the new order.
        rng: the random stream.
    """
    chosen = training.take(np.sort(rng.permutation(len(training))[:count]))
    if not causal:
        return replace(chosen, labels=rng.permutation(chosen.labels))
    kept = np.minimum(chosen.lengths, players + 1)
    rows = np.concatenate(
        [np.arange(end - n, end) for end, n in zip(chosen.offsets[1:], kept, strict=True)]
    )
    # Without times, since films of one second would be drawn in another order every epoch.
    last = replace(chosen.left(rows, kept), times=None)
    order = rng.permutation(len(last.ids))
    return replace(last, ids=last.ids[order], features=last.features[order])


def asked(learned: Examples, causal: bool) -> Examples:
    """What a model that learned these instances is asked; of histories, the last film."""
    if not causal:
        return learned
    last = learned.offsets[1:] - 1
    rest = np.setdiff1d(np.arange(len(learned.ids)), last)
    return replace(learned.left(rest, learned.lengths - 1), labels=learned.ids[last])


def train_by_heart(
    shape: Shape,
    learned: Examples,
    *,
    epochs: int,
    token_dropping: float,
    players: int,
    seed: int,
    checkpoint: Path,
    fingerprint: str,
    report: Report,
    device: torch.device = PROCESSOR,
    initial: dict[str, Tensor] | None = None,
) -> tuple[Model, pd.DataFrame]:
    """Train a fresh model on permuted instances until it knows them.

    Args:
        shape: of the model that is explained.
        learned: instances of `permuted`.
        epochs: the most passes over them.
        token_dropping: as the explained model was trained, so that both know removal.
        players: most players in a history window.
        seed: base seed.
        checkpoint, fingerprint, report, device, initial: see `vitrine.training.train.train`.

    Returns:
        The model and its history; the metric ``accuracy``, whose split is called ``validation``,
        is that on the permuted instances themselves.
    """
    questions = asked(learned, shape.causal)

    def judge(model: Model) -> dict[str, float]:
        predicted = probabilities(logits(model, questions)).argmax(axis=1)
        return {"accuracy": float(np.mean(predicted == questions.labels))}

    settings: dict[str, Any] = BY_HEART | {
        "epochs": epochs,
        "token_dropping": token_dropping,
        # One film among thousands is named right only after many epochs.
        "patience": epochs if shape.causal else PATIENCE,
    }
    shape = replace(shape, dropout=0.0)
    if isinstance(shape, PretrainedShape):
        # What it has learned elsewhere would be lost at a rate for random weights. A head alone
        # cannot learn by heart.
        shape = replace(shape, tuned_layers=max(shape.tuned_layers, 1))
        settings["learning_rate"] = PRETRAINED_RATE
    return train(
        shape,
        learned,
        judge,
        settings=TrainingSettings(**settings),
        metric="accuracy",
        players=players,
        seed=derive(seed, "permuted"),
        checkpoint=checkpoint,
        fingerprint=fingerprint,
        report=report,
        device=device,
        initial=initial,
    )
