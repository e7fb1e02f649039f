"""Train a model on permuted labels."""

from pathlib import Path

from vitrine.models.machine import Machine
from vitrine.stages.permuted import train_permuted
from vitrine.tracking.job import job

with job(snakemake, "permuted") as record:
    train_permuted(
        Path(snakemake.input.train).parent,
        Path(snakemake.input.architecture),
        Path(snakemake.output.model),
        Path(snakemake.output.architecture),
        Path(snakemake.output.history),
        instances=snakemake.params.labels["instances"],
        epochs=snakemake.params.labels["epochs"],
        token_dropping=snakemake.params.token_dropping,
        validation_seed=snakemake.params.validation_seed,
        seed=int(snakemake.wildcards.seed),
        code=snakemake.params.code,
        machine=Machine.of(snakemake),
        record=record,
    )
