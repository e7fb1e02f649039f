"""Training a model: AdamW, warm-up and cosine decay, clipping, early stopping, resuming."""

import copy
import hashlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vitrine.data.examples import Examples
from vitrine.evaluation.metrics import METRICS
from vitrine.models.build import Shape, build
from vitrine.models.model import Model
from vitrine.models.packing import Tokens
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive
from vitrine.training.batches import (
    classifier_batches,
    compact_batches,
    history_batches,
    windows,
)
from vitrine.training.checkpoint import load_checkpoint, save_checkpoint
from vitrine.training.initial import svd_vectors
from vitrine.training.memory import keep_freed
from vitrine.training.objective import Gradients, Objective, mixed_precision
from vitrine.training.optimizer import AdamW
from vitrine.training.team import Team

log = logging.getLogger(__name__)

PROCESSOR = torch.device("cpu")
ALONE = Team()

Judge = Callable[[Model], dict[str, float]]
Report = Callable[[dict[str, float], int], None]


@dataclass(frozen=True)
class TrainingSettings:
    """How a model is trained; the configuration says what each value means."""

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warmup: float
    dropout: float
    label_smoothing: float
    token_dropping: float
    gradient_clip: float
    patience: int
    weight_averaging: float
    start: Literal["random", "neighbours", "documents"]
    mixed_precision: bool = True


def train(
    shape: Shape,
    training: Examples,
    judge: Judge,
    *,
    settings: TrainingSettings,
    metric: str,
    players: int,
    seed: int,
    checkpoint: Path,
    fingerprint: str,
    report: Report,
    device: torch.device = PROCESSOR,
    team: Team = ALONE,
    initial: dict[str, Tensor] | None = None,
) -> tuple[Model, pd.DataFrame]:
    """Train a model and return its averaged weights of the best epoch on the validation set.

    Every epoch draws its own random streams from the seed, so a run that was killed and resumed
    ends with the same weights, to the bit, as one that was not.

    Args:
        shape: the model.
        training: instances to learn from.
        judge: gives a model's metrics on the validation split, by name.
        settings: optimisation settings.
        metric: the validation metric that chooses the epoch and stops training; of epochs that are
            level the one with the lowest log loss is taken, where it is known.
        players: most players in a history window.
        seed: base seed.
        checkpoint: where the training state is kept until training ends.
        fingerprint: of the code and data; with the settings it decides whether a checkpoint fits.
        report: called after every epoch with metrics named ``<split>/<metric>`` and the epoch.
        device: where to train.
        team: the processes that train this model together; each calls this function, the first
            alone judges, reports and writes.
        initial: weights of a pretrained model, of all its parts or of some.

    Returns:
        The model and its history with the columns ``split, metric, epoch, value``.

    Raises:
        FloatingPointError: when the loss is no longer finite.
    """
    keep_freed()
    torch.manual_seed(derive(seed, "weights"))
    model = build(shape)
    if initial is not None:
        model.load_state_dict(initial, strict=False)
    elif settings.start != "random" and isinstance(model, Transformer):
        vectors = svd_vectors(
            training, model.shape.vocabulary, shape.width, settings.start, derive(seed, "svd")
        )
        model.embedding.ids.data.copy_(torch.from_numpy(vectors))
    model.to(device)
    if not any(weight.requires_grad for weight in model.parameters()):
        log.info("there is nothing to train")
        metrics = {f"validation/{name}": value for name, value in judge(model.eval()).items()}
        if team.rank == 0:
            report(metrics, 0)
        return model, pd.DataFrame(_rows(metrics, 0))
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(settings.weight_averaging))
    averaged = cast(Model, average.module)
    optimizer = AdamW(_groups(model, settings.weight_decay), settings.learning_rate)
    mark = hashlib.sha256(
        json.dumps([fingerprint, asdict(shape), asdict(settings), metric, players, seed]).encode()
    ).hexdigest()
    best: dict[str, Tensor] = copy.deepcopy(model.state_dict())
    facts: dict = {"fingerprint": mark, "epoch": 0, "best": None, "best_epoch": 0, "history": []}
    resumed = load_checkpoint(checkpoint, model, average, optimizer, mark)
    if resumed is not None:
        best, facts = resumed
        log.info("resuming after epoch %d", facts["epoch"])

    mixed = mixed_precision(settings.mixed_precision, shape.width, device)
    gradients = Gradients(Objective(model, settings.label_smoothing, mixed), team, device)
    done = facts["epoch"]
    rows = windows(training, players).sum() if shape.causal else len(training)
    steps = math.ceil(rows / settings.batch_size)
    began = time.monotonic()
    for epoch in range(done + 1, settings.epochs + 1):
        if facts["epoch"] - facts["best_epoch"] >= settings.patience:
            log.info("no better %s for %d epochs: stopping", metric, settings.patience)
            break
        start = time.monotonic()
        rng = np.random.default_rng(derive(seed, "batches", epoch))
        torch.manual_seed(derive(seed, "dropout", epoch, *([team.rank] if team.rank else [])))
        how = (settings.batch_size, settings.token_dropping, rng)
        if shape.causal:
            batches = history_batches(training, how[0], players, *how[1:])
        elif isinstance(model, Transformer):
            batches = classifier_batches(training, *how)
        else:
            batches = compact_batches(training, *how)
        loss = _epoch(gradients, average, optimizer, batches, settings, steps, (epoch - 1) * steps)
        judged = judge(averaged) if team.rank == 0 else {}
        metrics = team.told(
            {"train/loss": loss} | {f"validation/{name}": v for name, v in judged.items()}
        )
        value = metrics[f"validation/{metric}"] * (1 if METRICS[metric].higher_is_better else -1)
        # On easy data several epochs rank all rows right; the later ones know it.
        standing = [value, -metrics.get("validation/log_loss", 0.0)]
        if facts["best"] is None or standing > facts["best"]:
            best = copy.deepcopy(averaged.state_dict())
            facts |= {"best": standing, "best_epoch": epoch}
        facts["epoch"] = epoch
        facts["history"] += _rows(metrics, epoch)
        if team.rank > 0:
            continue
        save_checkpoint(checkpoint, model, average, optimizer, best, facts)
        report(metrics | {"seconds": time.monotonic() - start}, epoch)
        log.info(
            "epoch %d/%d  train loss %.4f  validation %s %.4f  best %.4f (epoch %d)  %.0f s left",
            epoch,
            settings.epochs,
            loss,
            metric,
            metrics[f"validation/{metric}"],
            abs(facts["best"][0]),
            facts["best_epoch"],
            (time.monotonic() - began) / (epoch - done) * (settings.epochs - epoch),
        )
    model.load_state_dict(best)
    return model.eval(), pd.DataFrame(facts["history"])


def _rows(metrics: dict[str, float], epoch: int) -> list[dict]:
    """The rows of a history, ``split, metric, epoch, value``, of metrics named split/metric."""
    return [
        dict(zip(("split", "metric"), name.split("/"), strict=True), epoch=epoch, value=number)
        for name, number in metrics.items()
    ]


def _epoch(
    gradients: Gradients,
    average: AveragedModel,
    optimizer: torch.optim.Optimizer,
    batches: Iterator[tuple[Tokens, Tensor]],
    settings: TrainingSettings,
    steps: int,
    done: int,
) -> float:
    """One pass over the training instances; returns the mean loss."""
    model = gradients.objective.model
    model.train()
    parameters = list(model.parameters())
    losses = []
    for step, batch in enumerate(batches, start=done + 1):
        rate = settings.learning_rate * _schedule(step / (settings.epochs * steps), settings.warmup)
        for group in optimizer.param_groups:
            group["lr"] = rate
        losses.append(gradients(*batch))
        torch.nn.utils.clip_grad_norm_(parameters, settings.gradient_clip)
        optimizer.step()
        average.update_parameters(model)
    mean = gradients.team.mean(float(np.mean(losses)), gradients.device)
    if not math.isfinite(mean):
        raise FloatingPointError(
            f"the training loss is {mean}: lower training.learning_rate "
            f"(now {settings.learning_rate}) or training.gradient_clip ({settings.gradient_clip})"
        )
    average.eval()
    return mean


def _schedule(progress: float, warmup: float) -> float:
    """Linear warm-up over a share of the steps, then cosine decay to zero."""
    if progress < warmup:
        return progress / warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def _groups(model: Model, weight_decay: float) -> list[dict]:
    """Matrices decay; biases, norms and the start token do not. What is not trained is left out."""
    trained = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim > 1]
    others = [p for p in trained if p.ndim < 2]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
