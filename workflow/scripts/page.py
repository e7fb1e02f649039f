"""Write the page of one study."""

from pathlib import Path

from vitrine.report.pages import write_study_page
from vitrine.report.shell import Site
from vitrine.tracking.job import job

with job(snakemake, "page"):
    write_study_page(
        snakemake.wildcards.study,
        Path(snakemake.input.chosen).parent,
        Path(snakemake.output[0]),
        interactions=bool(snakemake.input.interactions),
        statistics=snakemake.params.statistics,
        site=Site(**snakemake.params.site),
    )
