"""Stage `permuted`: a model like the explained one that has memorised permuted labels."""

from pathlib import Path

from vitrine.models.machine import Machine
from vitrine.tracking.record import Record
from vitrine.training import memorise
from vitrine.training.fit import ModelFiles


def train_permuted(
    data: Path,
    shape: Path,
    model: Path,
    own_shape: Path,
    history: Path,
    *,
    validation_seed: int,
    code: str,
    machine: Machine,
    record: Record,
    **options: int,
) -> None:
    """Train one model on permuted labels; see `vitrine.training.memorise`."""
    memorise.train_permuted(
        data,
        shape,
        ModelFiles(model, own_shape, history),
        memorise.Memorisation(selection_seed=validation_seed, **options),
        code=code,
        machine=machine,
        record=record,
    )
