"""Stage `permuted`: a model like the explained one that has learned permuted labels."""

from pathlib import Path

import numpy as np

from vitrine.data.encoding import load_encoding
from vitrine.data.examples import load_examples
from vitrine.files import sha256, write_table
from vitrine.models.build import build, initial
from vitrine.models.machine import Machine
from vitrine.models.storage import load_shape, save_model
from vitrine.seeds import derive
from vitrine.tracking.record import Record
from vitrine.training.permuted import permuted, train_by_heart


def train_permuted(
    data: Path,
    shape: Path,
    model: Path,
    own_shape: Path,
    history: Path,
    *,
    instances: int,
    epochs: int,
    token_dropping: float,
    validation_seed: int,
    seed: int,
    code: str,
    machine: Machine,
    record: Record,
) -> None:
    """Train one model on permuted labels.

    Args:
        data: the study's data folder.
        shape: architecture of the explained model.
        model, own_shape, history: files to write: weights, architecture (that of the explained
            model without dropout) and accuracy on the permuted instances per epoch.
        instances: training instances to learn by heart.
        epochs: the most passes over them.
        token_dropping: of the study.
        validation_seed: draws the instances and permutes them.
        seed: base seed of weights and batches.
        code: digest of the code; a checkpoint of other code is not resumed.
        machine: threads of torch and graphics cards.
        record: gets the metrics of every epoch.
    """
    device = machine.device()
    encoding = load_encoding(data)
    architecture = load_shape(shape)
    rng = np.random.default_rng(derive(validation_seed, "permuted"))
    learned = permuted(
        load_examples(data, "train", build(architecture).encode),
        instances,
        encoding.players,
        architecture.causal,
        rng,
    )
    checkpoint = model.with_name("checkpoint.safetensors")
    trained, epochs_of = train_by_heart(
        architecture,
        learned,
        epochs=epochs,
        token_dropping=token_dropping,
        players=encoding.players,
        seed=seed,
        checkpoint=checkpoint,
        fingerprint=" ".join(
            [code, str(validation_seed), str(instances)]
            + [sha256(data / name) for name in ("train.parquet", "encoding.json")]
        ),
        report=record.metrics,
        device=device,
        initial=initial(architecture),
    )
    save_model(trained, model, own_shape)
    write_table(history, epochs_of)
    checkpoint.unlink(missing_ok=True)
