"""Choose the best model of a study."""

from pathlib import Path

from vitrine.stages.select import select_model
from vitrine.tracking.job import job

with job(snakemake, "select") as record:
    select_model(
        [Path(path) for path in snakemake.input],
        Path(snakemake.output[0]),
        metric=snakemake.params.metric,
        record=record,
    )
