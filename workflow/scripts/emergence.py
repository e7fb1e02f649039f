"""Analyse how abilities emerge with size and training."""

from pathlib import Path

from vitrine.emergence.analysis import Statistics
from vitrine.stages.emergence import analyse
from vitrine.tracking.job import job

with job(snakemake, "emergence") as record:
    analyse(
        [Path(path).parent for path in snakemake.input.facts],
        Path(snakemake.output[0]),
        statistics=Statistics(
            resamples=snakemake.params.statistics["bootstrap"],
            confidence=snakemake.params.statistics["confidence"],
            success=snakemake.params.success,
        ),
        record=record,
    )
