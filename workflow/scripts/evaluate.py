"""Evaluate one model on validation and test."""

from pathlib import Path

from vitrine.models.machine import Machine
from vitrine.stages.evaluate import evaluate_model
from vitrine.tracking.job import job

with job(snakemake, "evaluate") as record:
    evaluate_model(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.input.model),
        Path(snakemake.input.architecture),
        Path(snakemake.output.predictions),
        Path(snakemake.output.evaluation),
        labels={
            "study": snakemake.wildcards.study,
            "scale": snakemake.wildcards.scale,
            "seed": int(snakemake.wildcards.seed),
        },
        statistics=snakemake.params.statistics,
        machine=Machine.of(snakemake),
        record=record,
    )
