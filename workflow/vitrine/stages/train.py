"""Stage `train`: prepared data to a trained model."""

from pathlib import Path
from typing import Any

import torch

from vitrine.data.encoding import load_encoding
from vitrine.data.examples import load_examples
from vitrine.evaluation.predict import load_split, score
from vitrine.files import sha256, write_table
from vitrine.models.build import build, initial, shape_of
from vitrine.models.storage import save_model
from vitrine.tracking.record import Record
from vitrine.training.train import TrainingSettings, train


def train_model(
    data: Path,
    model: Path,
    shape: Path,
    history: Path,
    *,
    scale: dict[str, Any],
    training: dict[str, Any],
    metric: str,
    seed: int,
    code: str,
    threads: int,
    record: Record,
) -> None:
    """Train one model and write it with its history.

    Args:
        data: the study's data folder.
        model, shape, history: files to write: weights, architecture and metrics per epoch.
        scale: layers, heads and width, or an entry of ``pretrained`` in the configuration.
        training: optimisation settings.
        metric: validation metric that chooses the epoch.
        seed: base seed of weights, batches and dropping.
        code: digest of the code; a checkpoint of other code is not resumed.
        threads: CPU threads of torch.
        record: gets the metrics of every epoch.
    """
    torch.set_num_threads(threads)
    settings = TrainingSettings(**training)
    encoding = load_encoding(data)
    own = shape_of(scale, encoding, load_examples(data, "train"), settings.dropout)
    reader = build(own)
    validation = load_split(data, "validation", encoding, reader)
    files = [data / name for name in ("train.parquet", "validation.parquet", "encoding.json")]
    checkpoint = model.with_name("checkpoint.safetensors")
    trained, epochs = train(
        own,
        load_examples(data, "train", reader.encode),
        lambda candidate: score(candidate, validation, encoding),
        settings=settings,
        metric=metric,
        players=encoding.players,
        seed=seed,
        checkpoint=checkpoint,
        fingerprint=" ".join([code, *(sha256(file) for file in files)]),
        report=record.metrics,
        initial=initial(own),
    )
    record.params({"parameters": sum(weight.numel() for weight in trained.parameters())})
    save_model(trained, model, shape)
    write_table(history, epochs)
    checkpoint.unlink(missing_ok=True)
