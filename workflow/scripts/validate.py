"""Measure the faithfulness of all methods for one model."""

from pathlib import Path

from vitrine.stages.games import GameSettings
from vitrine.stages.validate import validate_attributions
from vitrine.tracking.job import job

with job(snakemake, "validate") as record:
    validate_attributions(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.input.model),
        Path(snakemake.input.architecture),
        Path(snakemake.input.predictions),
        [Path(path) for path in snakemake.input.attributions],
        Path(snakemake.output.faithfulness),
        fractions=snakemake.params.fractions,
        game=GameSettings(
            value="probability",
            removal=snakemake.params.removal,
            background=snakemake.params.background,
            seed=snakemake.params.seed,
            megabytes=snakemake.params.megabytes,
        ),
        instances=snakemake.params.instances,
        target=snakemake.params.target,
        seed=snakemake.params.seed,
        threads=snakemake.threads,
        record=record,
    )
