"""Write the page on emergence."""

from pathlib import Path

from vitrine.report.pages.emergence import write_emergence
from vitrine.report.shell import Site
from vitrine.tracking.job import job

with job(snakemake, "emergence_page"):
    site = Site(**snakemake.params.site, script=Path(snakemake.input.script))
    write_emergence(
        Path(snakemake.input.analysis),
        {study: Path("results", study) for study in site.studies},
        Path(snakemake.output.page),
        confidence=snakemake.params.statistics["confidence"],
        site=site,
        figures=Path(snakemake.output.figures),
    )
