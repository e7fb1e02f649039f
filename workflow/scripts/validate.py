"""Measure the faithfulness of all methods for one model."""

from pathlib import Path

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
        instances=snakemake.params.instances,
        target=snakemake.params.target,
        seed=snakemake.params.seed,
        megabytes=snakemake.params.megabytes,
        threads=snakemake.threads,
        record=record,
    )
