"""Write the entry page of the report."""

from pathlib import Path

from vitrine.report.pages import write_index
from vitrine.report.shell import Site
from vitrine.tracking.job import job

with job(snakemake, "report"):
    write_index(
        {study: Path("results", study) for study in snakemake.params.site["studies"]},
        Path(snakemake.output.index),
        Path(snakemake.output.headline),
        statistics=snakemake.params.statistics,
        site=Site(**snakemake.params.site),
    )
