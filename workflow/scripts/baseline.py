"""Fit the classical baselines of one study."""

from pathlib import Path

from vitrine.stages.baseline import fit_study_baselines
from vitrine.tracking.job import job

with job(snakemake, "baseline") as record:
    fit_study_baselines(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.output.evaluation),
        metric=snakemake.params.metric,
        statistics=snakemake.params.statistics,
        record=record,
    )
