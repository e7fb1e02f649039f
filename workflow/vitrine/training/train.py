"""Training a model: AdamW, warm-up and cosine decay, clipping, early stopping, resuming."""

import copy
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vitrine.data.examples import Examples
from vitrine.evaluation.metrics import METRICS
from vitrine.models.build import Shape, build, initial
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
from vitrine.training.checkpoint import Checkpoint, Facts, Weights
from vitrine.training.initial import svd_vectors
from vitrine.training.memory import keep_freed_memory
from vitrine.training.objective import Gradients, Objective, mixed_precision
from vitrine.training.optimizer import AdamW
from vitrine.training.settings import TrainingSettings
from vitrine.training.team import Team

log = logging.getLogger(__name__)

ONE_PROCESS = Team()

Report = Callable[[dict[str, float], int], None]
Batches = Iterator[tuple[Tokens, Tensor]]


@dataclass(frozen=True)
class Validation:
    """How a model is judged after every epoch.

    Attributes:
        score: gives the metrics of a model on the validation split, by name.
        metric: the metric that chooses the epoch and stops training; of epochs with equal values
            the one with the lowest log loss is chosen, where that is measured.
    """

    score: Callable[[Model], dict[str, float]]
    metric: str

    def rank(self, metrics: dict[str, float]) -> list[float]:
        """What orders epochs, the better the higher, from metrics named ``validation/<metric>``."""
        sign = 1 if METRICS[self.metric].higher_is_better else -1
        # On easy data several epochs rank all rows correctly; the log loss tells them apart.
        return [
            metrics[f"validation/{self.metric}"] * sign,
            -metrics.get("validation/log_loss", 0.0),
        ]


def train(
    shape: Shape,
    training: Examples,
    validation: Validation,
    *,
    settings: TrainingSettings,
    window: int,
    seed: int,
    checkpoint: Checkpoint,
    report: Report,
    team: Team = ONE_PROCESS,
) -> tuple[Model, pd.DataFrame]:
    """Train a model and return its averaged weights of the best epoch on the validation split.

    Every epoch draws its own random streams from the seed, so a run that was killed and resumed
    ends with the same weights, to the bit, as one that was not.

    Args:
        shape: of the model; a pretrained one starts from its weights.
        training: the training instances.
        validation: what chooses the epoch.
        settings: optimisation settings.
        window: maximum number of items of a history in a training instance.
        seed: base seed.
        checkpoint: where the training state is saved until training ends.
        report: called after every epoch with metrics named ``<split>/<metric>`` and the epoch.
        team: the processes that train this model together; each calls this function, the first
            alone validates, reports and writes.

    Returns:
        The model and its history with the columns ``split, metric, epoch, value``.

    Raises:
        FloatingPointError: the loss is no longer finite.
    """
    keep_freed_memory()
    model = _initial_model(shape, training, settings, seed).to(team.device)
    if not any(weight.requires_grad for weight in model.parameters()):
        log.info("there are no weights to train")
        metrics = _validation_metrics(validation.score(model.eval()))
        if team.rank == 0:
            report(metrics, 0)
        return model, pd.DataFrame(_history(metrics, 0))
    checkpoint = checkpoint.of(
        asdict(shape), settings.model_dump(), validation.metric, window, seed
    )
    trainer = _Trainer(model, training, validation, settings, window, seed, checkpoint, team)
    trainer.resume()
    trainer.run(report)
    model.load_state_dict(trainer.best)
    return model.eval(), pd.DataFrame(trainer.facts["history"])


def _initial_model(
    shape: Shape, training: Examples, settings: TrainingSettings, seed: int
) -> Model:
    """A model with initial weights: pretrained, random, or with vectors from co-occurrence."""
    pretrained = initial(shape)
    torch.manual_seed(derive(seed, "weights"))
    model = build(shape)
    if pretrained is not None:
        model.load_state_dict(pretrained, strict=False)
    elif settings.start != "random" and isinstance(model, Transformer):
        vectors = svd_vectors(
            training, model.shape.vocabulary, shape.width, settings.start, derive(seed, "svd")
        )
        model.embedding.ids.data.copy_(torch.from_numpy(vectors))
    return model


class _Trainer:
    """The state of a training between epochs."""

    def __init__(
        self,
        model: Model,
        training: Examples,
        validation: Validation,
        settings: TrainingSettings,
        window: int,
        seed: int,
        checkpoint: Checkpoint,
        team: Team,
    ) -> None:
        self.model = model
        self.training = training
        self.validation = validation
        self.settings = settings
        self.window = window
        self.seed = seed
        self.checkpoint = checkpoint
        self.team = team
        averaging: Any = get_ema_multi_avg_fn
        self.average = AveragedModel(model, multi_avg_fn=averaging(settings.weight_averaging))
        self.optimizer = AdamW(
            _parameter_groups(model, settings.weight_decay), settings.learning_rate
        )
        self.best: Weights = copy.deepcopy(model.state_dict())
        self.facts: Facts = {"epoch": 0, "best": None, "best_epoch": 0, "history": []}
        mixed = mixed_precision(settings.mixed_precision, model.shape.width, team.device)
        self.gradients = Gradients(Objective(model, settings.label_smoothing, mixed), team)
        rows = windows(training, window).sum() if model.shape.causal else len(training)
        self.steps_per_epoch = math.ceil(rows / settings.batch_size)

    def resume(self) -> None:
        """Continue from the checkpoint, if there is one that fits."""
        state = self.checkpoint.load(self.model, self.average, self.optimizer)
        if state is not None:
            self.best, self.facts = state
            log.info("resuming after epoch %d", self.facts["epoch"])

    def run(self, report: Report) -> None:
        """Train until the last epoch or until patience is exhausted."""
        facts, settings, metric = self.facts, self.settings, self.validation.metric
        resumed_after = facts["epoch"]
        began = time.monotonic()
        for epoch in range(resumed_after + 1, settings.epochs + 1):
            if facts["epoch"] - facts["best_epoch"] >= settings.patience:
                log.info("no better %s for %d epochs: stopping", metric, settings.patience)
                break
            start = time.monotonic()
            metrics = self._epoch(epoch)
            if self.team.rank > 0:
                continue
            self.checkpoint.save(self.model, self.average, self.optimizer, self.best, facts)
            report(metrics | {"seconds": time.monotonic() - start}, epoch)
            log.info(
                "epoch %d/%d  train loss %.4f  validation %s %.4f  best %.4f (epoch %d)"
                "  %.0f s left",
                epoch,
                settings.epochs,
                metrics["train/loss"],
                metric,
                metrics[f"validation/{metric}"],
                abs(facts["best"][0]),
                facts["best_epoch"],
                (time.monotonic() - began) / (epoch - resumed_after) * (settings.epochs - epoch),
            )

    def _epoch(self, epoch: int) -> dict[str, float]:
        """Train and validate once; returns metrics named ``<split>/<metric>``."""
        loss = self._pass(epoch)
        averaged = cast(Model, self.average.module)
        scores = self.validation.score(averaged) if self.team.rank == 0 else {}
        metrics = self.team.broadcast({"train/loss": loss} | _validation_metrics(scores))
        rank = self.validation.rank(metrics)
        if self.facts["best"] is None or rank > self.facts["best"]:
            self.best = copy.deepcopy(averaged.state_dict())
            self.facts |= {"best": rank, "best_epoch": epoch}
        self.facts["epoch"] = epoch
        self.facts["history"] += _history(metrics, epoch)
        return metrics

    def _batches(self, epoch: int) -> Batches:
        settings, rng = self.settings, np.random.default_rng(derive(self.seed, "batches", epoch))
        how = (settings.batch_size, settings.token_dropping, rng)
        if self.model.shape.causal:
            return history_batches(self.training, how[0], self.window, *how[1:])
        if isinstance(self.model, Transformer):
            return classifier_batches(self.training, *how)
        return compact_batches(self.training, *how)

    def _pass(self, epoch: int) -> float:
        """One pass over the training instances; returns the mean loss."""
        team, settings = self.team, self.settings
        torch.manual_seed(derive(self.seed, "dropout", epoch, *([team.rank] if team.rank else [])))
        steps = self.steps_per_epoch
        total = settings.epochs * steps
        self.model.train()
        parameters = list(self.model.parameters())
        losses = []
        for step, batch in enumerate(self._batches(epoch), start=(epoch - 1) * steps + 1):
            rate = settings.learning_rate * _schedule(step / total, settings.warmup)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            losses.append(self.gradients(*batch))
            torch.nn.utils.clip_grad_norm_(parameters, settings.gradient_clip)
            self.optimizer.step()
            self.average.update_parameters(self.model)
        mean = team.mean(float(np.mean(losses)))
        if not math.isfinite(mean):
            raise FloatingPointError(
                f"the training loss is {mean}: lower training.learning_rate "
                f"(now {settings.learning_rate}) or training.gradient_clip "
                f"({settings.gradient_clip})"
            )
        self.average.eval()
        return mean


def _validation_metrics(scores: dict[str, float]) -> dict[str, float]:
    return {f"validation/{name}": value for name, value in scores.items()}


def _history(metrics: dict[str, float], epoch: int) -> list[dict[str, Any]]:
    """The rows of a history, ``split, metric, epoch, value``, of metrics named split/metric."""
    return [
        dict(zip(("split", "metric"), name.split("/"), strict=True), epoch=epoch, value=number)
        for name, number in metrics.items()
    ]


def _schedule(progress: float, warmup: float) -> float:
    """Linear warm-up over a share of the steps, then cosine decay to zero."""
    if progress < warmup:
        return progress / warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def _parameter_groups(model: Model, weight_decay: float) -> list[dict[str, Any]]:
    """Matrices decay; biases, norms and the start token do not. Frozen weights are left out."""
    trained = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim > 1]
    others = [p for p in trained if p.ndim < 2]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
