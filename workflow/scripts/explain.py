"""Explain the chosen instances of one model with one method."""

from pathlib import Path

from vitrine.explaining.game_settings import GameSettings
from vitrine.models.machine import Machine
from vitrine.stages.explain import explain_instances
from vitrine.tracking.job import job

with job(snakemake, "explain") as record:
    explain_instances(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.input.model),
        Path(snakemake.input.architecture),
        Path(snakemake.input.predictions),
        Path(snakemake.input.removal),
        (Path(snakemake.input.tuned[0]), Path(snakemake.input.tuned[1]))
        if snakemake.input.tuned
        else None,
        Path(snakemake.output.attributions),
        Path(snakemake.output.diagnostics),
        Path(snakemake.output.coalitions),
        method=snakemake.wildcards.method,
        settings=snakemake.params.method,
        game=GameSettings.of_params(snakemake.params),
        instances=snakemake.params.instances,
        target=snakemake.params.target,
        seed=snakemake.params.seed,
        machine=Machine.of(snakemake),
        record=record,
    )
