"""Prepare the data of one study."""

from pathlib import Path

from vitrine.data.prepare import prepare_study
from vitrine.data.settings import StudyData
from vitrine.tracking.job import job

with job(snakemake, "prepare") as record:
    record.metrics(
        prepare_study(
            snakemake.wildcards.study,
            StudyData(
                source=snakemake.params.source,
                data=snakemake.params.data,
                split=snakemake.params.split,
                players=snakemake.params.players,
                vocabulary=snakemake.params.vocabulary,
            ),
            Path(snakemake.output.datasheet).parent,
        )
    )
