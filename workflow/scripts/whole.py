"""Train one model on whole instances, without token dropping."""

from pathlib import Path

from vitrine.models.machine import Machine
from vitrine.stages.train import train_model
from vitrine.tracking.job import job

with job(snakemake, "whole") as record:
    train_model(
        Path(snakemake.input.train).parent,
        Path(snakemake.output.model),
        Path(snakemake.output.architecture),
        Path(snakemake.output.history),
        scale=snakemake.params.scale,
        training={**snakemake.params.training, "token_dropping": 0.0},
        metric=snakemake.params.metric,
        seed=int(snakemake.wildcards.seed),
        code=snakemake.params.code,
        machine=Machine.of(snakemake),
        record=record,
    )
