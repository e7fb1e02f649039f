"""Choose on validation what removed players of one model become."""

from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.game_settings import AUTO, GameSettings
from vitrine.models.machine import Machine
from vitrine.stages.removal import choose_removal
from vitrine.tracking.job import job

with job(snakemake, "removal") as record:
    configured = snakemake.params.removal
    choose_removal(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.input.model),
        Path(snakemake.input.architecture),
        Path(snakemake.output[0]),
        kinds=snakemake.params.tried if configured == AUTO else [configured],
        margin=snakemake.params.margin,
        game=GameSettings(
            value="log_odds",
            removal=configured,
            background=snakemake.params.background,
            seed=snakemake.params.seed,
            megabytes=snakemake.params.megabytes,
        ),
        check=snakemake.params.check,
        validation_seed=snakemake.params.validation_seed,
        statistics=StatisticsSettings(**snakemake.params.statistics),
        machine=Machine.of(snakemake),
        record=record,
    )
