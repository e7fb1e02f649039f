"""Analyse how abilities emerge with size and training."""

from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.stages.emergence import analyse
from vitrine.tracking.job import job

with job(snakemake, "emergence") as record:
    analyse(
        [Path(path).parent for path in snakemake.input.facts],
        Path(snakemake.output[0]),
        success=snakemake.params.success,
        statistics=StatisticsSettings.model_validate(dict(snakemake.params.statistics)),
        record=record,
    )
