"""Train an ability at one size, with every seed."""

from pathlib import Path

from vitrine.stages.ability import train_ability
from vitrine.tracking.job import job

with job(snakemake, "ability") as record:
    train_ability(
        Path(snakemake.output.facts),
        Path(snakemake.output.curves),
        Path(snakemake.output.evaluation),
        Path(snakemake.output.mechanism),
        Path(snakemake.output.checkpoints),
        name=snakemake.wildcards.ability,
        size=snakemake.wildcards.size,
        settings=snakemake.params.settings,
        measurements=snakemake.params.measurements,
        final_predictions=snakemake.params.final_predictions,
        threads=snakemake.threads,
        record=record,
    )
