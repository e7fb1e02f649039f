"""Write the page on families of language models."""

from pathlib import Path

from vitrine.report.pages.families import write_families
from vitrine.report.shell import Site
from vitrine.tracking.job import job

with job(snakemake, "families_page"):
    site = Site(**snakemake.params.site, script=Path(snakemake.input.script))
    write_families(
        [Path(path) for path in snakemake.input.analyses],
        Path(snakemake.output.page),
        confidence=snakemake.params.statistics["confidence"],
        site=site,
        figures=Path(snakemake.output.figures),
    )
