"""Attention maps of one model."""

from pathlib import Path

from vitrine.models.machine import Machine
from vitrine.stages.attention import map_attention
from vitrine.tracking.job import job

with job(snakemake, "attention") as record:
    map_attention(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.input.model),
        Path(snakemake.input.architecture),
        Path(snakemake.input.predictions),
        Path(snakemake.output.maps),
        Path(snakemake.output.rollout),
        Path(snakemake.output.summary),
        Path(snakemake.output.heatmaps),
        Path(snakemake.output.activations),
        instances=snakemake.params.instances,
        target=snakemake.params.target,
        seed=snakemake.params.seed,
        megabytes=snakemake.params.megabytes,
        kept=snakemake.params.kept,
        machine=Machine.of(snakemake),
        record=record,
    )
