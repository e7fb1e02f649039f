"""Training on permuted labels (Adebayo et al. 2018): a model that memorises its instances.

An explanation of such a model must differ from that of the model trained on the true labels. As
there, the model memorises its labels, so that its predictions are confident; a few training
instances are enough for that, and cheap. The share that it memorises is measured.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.data.examples import Examples, load_examples
from vitrine.evaluation.predict import probabilities
from vitrine.files import sha256, write_table
from vitrine.models.build import Shape, build
from vitrine.models.inference import logits
from vitrine.models.machine import Machine
from vitrine.models.model import Model
from vitrine.models.pretrained.shape import PretrainedShape
from vitrine.models.storage import load_shape, save_model
from vitrine.seeds import derive
from vitrine.tracking.record import Record
from vitrine.training.checkpoint import Checkpoint
from vitrine.training.fit import ModelFiles
from vitrine.training.settings import TrainingSettings
from vitrine.training.team import Team
from vitrine.training.train import ONE_PROCESS, Report, Validation, train

PATIENCE = 10
PRETRAINED_RATE = 0.0003
# What a checkpoint depends on, below the data folder of the study.
INPUTS = ("train.parquet", "encoding.json")


@dataclass(frozen=True)
class Memorisation:
    """What is memorised.

    Attributes:
        instances: number of training instances.
        epochs: maximum number of passes over them.
        token_dropping: of the study, so that both models are trained for feature removal.
        selection_seed: draws the instances and permutes them.
        seed: base seed of weights and batches.
    """

    instances: int
    epochs: int
    token_dropping: float
    selection_seed: int
    seed: int


def train_permuted(
    data: Path,
    explained: Path,
    files: ModelFiles,
    memorisation: Memorisation,
    *,
    code: str,
    machine: Machine,
    record: Record,
) -> None:
    """Train one model on permuted labels and write its files.

    Args:
        data: the study's data folder.
        explained: architecture of the explained model; the new one differs in the dropout.
        files: to write; the history has the accuracy on the permuted instances per epoch.
        memorisation: what is memorised.
        code: digest of the code; a checkpoint of other code is not resumed.
        machine: CPU threads and GPUs.
        record: gets the metrics of every epoch.
    """
    team = Team(device=machine.device())
    encoding = load_encoding(data)
    shape = load_shape(explained)
    rng = np.random.default_rng(derive(memorisation.selection_seed, "permuted"))
    examples = permuted(
        load_examples(data, "train", build(shape).encode),
        memorisation.instances,
        encoding.players,
        shape.causal,
        rng,
    )
    digests = [sha256(data / name) for name in INPUTS]
    parts = [code, str(memorisation.selection_seed), str(memorisation.instances), *digests]
    checkpoint = Checkpoint(files.checkpoint, " ".join(parts))
    model, history = memorise(
        shape,
        examples,
        epochs=memorisation.epochs,
        token_dropping=memorisation.token_dropping,
        window=encoding.players,
        seed=memorisation.seed,
        checkpoint=checkpoint,
        report=record.metrics,
        team=team,
    )
    save_model(model, files.weights, files.architecture)
    write_table(files.history, history)
    checkpoint.remove()


def permuted(
    training: Examples, count: int, window: int, causal: bool, rng: np.random.Generator
) -> Examples:
    """Some training instances with permuted labels or items.

    Args:
        training: the training split.
        count: number of instances.
        window: maximum number of items of a history; the last ones are kept, and one more.
        causal: whether the labels are the next items of a history. Then all items are permuted,
            which leaves only the new order to learn.
        rng: the random stream.
    """
    chosen = training.take(np.sort(rng.permutation(len(training))[:count]))
    if not causal:
        return replace(chosen, labels=rng.permutation(chosen.labels))
    lengths = np.minimum(chosen.lengths, window + 1)
    rows = np.concatenate(
        [np.arange(end - n, end) for end, n in zip(chosen.offsets[1:], lengths, strict=True)]
    )
    # Without times, since items of the same second would be in another order in every epoch.
    latest = replace(chosen.left(rows, lengths), times=None)
    order = rng.permutation(len(latest.ids))
    return replace(latest, ids=latest.ids[order], features=latest.features[order])


def queries(memorised: Examples, causal: bool) -> Examples:
    """The inputs and labels that test what was memorised; of histories, the last item."""
    if not causal:
        return memorised
    last = memorised.offsets[1:] - 1
    others = np.setdiff1d(np.arange(len(memorised.ids)), last)
    return replace(memorised.left(others, memorised.lengths - 1), labels=memorised.ids[last])


def memorise(
    shape: Shape,
    examples: Examples,
    *,
    epochs: int,
    token_dropping: float,
    window: int,
    seed: int,
    checkpoint: Checkpoint,
    report: Report,
    team: Team = ONE_PROCESS,
) -> tuple[Model, pd.DataFrame]:
    """Train a fresh model on permuted instances until it has memorised them.

    Args:
        shape: of the explained model.
        examples: instances of `permuted`.
        epochs: maximum number of passes over them.
        token_dropping: as for the explained model, so that both are trained for feature removal.
        window: maximum number of items of a history in a training instance.
        seed: base seed.
        checkpoint, report, team: see `vitrine.training.train.train`.

    Returns:
        The model and its history; the metric ``accuracy``, whose split is called ``validation``,
        is that on the permuted instances themselves.
    """
    test = queries(examples, shape.causal)

    def accuracy(model: Model) -> dict[str, float]:
        predicted = probabilities(logits(model, test)).argmax(axis=1)
        return {"accuracy": float(np.mean(predicted == test.labels))}

    settings = _settings(epochs, token_dropping, causal=shape.causal)
    shape = replace(shape, dropout=0.0)
    if isinstance(shape, PretrainedShape):
        # A learning rate for random weights would destroy the pretrained ones. A head alone cannot
        # memorise.
        shape = replace(shape, tuned_layers=max(shape.tuned_layers, 1))
        settings = settings.model_copy(update={"learning_rate": PRETRAINED_RATE})
    return train(
        shape,
        examples,
        Validation(accuracy, "accuracy"),
        settings=settings,
        window=window,
        seed=derive(seed, "permuted"),
        checkpoint=checkpoint,
        report=report,
        team=team,
    )


def _settings(epochs: int, token_dropping: float, *, causal: bool) -> TrainingSettings:
    """Small batches, a high learning rate and no regularisation memorise fast."""
    return TrainingSettings(
        epochs=epochs,
        batch_size=16,
        learning_rate=0.003,
        weight_decay=0.0,
        warmup=0.1,
        dropout=0.0,
        label_smoothing=0.0,
        token_dropping=token_dropping,
        gradient_clip=1.0,
        weight_averaging=0.9,
        start="random",
        # One item among thousands is memorised only after many epochs.
        patience=epochs if causal else PATIENCE,
    )
