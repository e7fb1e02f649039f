"""Find the interactions of the players of the chosen instances of one model."""

from pathlib import Path

from vitrine.explaining.game_settings import GameSettings
from vitrine.models.machine import Machine
from vitrine.stages.interactions import Selection, find_interactions
from vitrine.tracking.job import job

with job(snakemake, "interactions") as record:
    find_interactions(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.input.model),
        Path(snakemake.input.architecture),
        Path(snakemake.input.predictions),
        Path(snakemake.input.removal),
        Path(snakemake.output[0]),
        game=GameSettings.of_params(snakemake.params),
        selection=Selection(
            snakemake.params.instances,
            snakemake.params.target,
            snakemake.params.evaluations,
            snakemake.params.seed,
        ),
        machine=Machine.of(snakemake),
        record=record,
    )
