"""Analyse how what models of a family learn from their context changes with their size."""

from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.stages.families import analyse_family
from vitrine.tracking.job import job

with job(snakemake, "families") as record:
    analyse_family(
        [Path(path).parent for path in snakemake.input.facts],
        Path(snakemake.output.analysis),
        Path(snakemake.output.curves),
        statistics=StatisticsSettings.model_validate(dict(snakemake.params.statistics)),
        record=record,
    )
