"""Write one page of the report."""

from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.report.page import PageContext
from vitrine.report.pages.registry import PAGES
from vitrine.report.site import Site
from vitrine.tracking.job import job

page = PAGES[snakemake.params.page]
stage = "page" if page.scope == "study" else f"{page.name}_page"

with job(snakemake, stage):
    inputs = {
        name: [Path(path) for path in ([paths] if isinstance(paths, str) else paths)]
        for name, paths in snakemake.input.items()
    }
    page.write(
        {name: Path(path) for name, path in snakemake.output.items()},
        PageContext(
            site=Site(**snakemake.params.site, script=inputs["script"][0]),
            statistics=StatisticsSettings(**snakemake.params.statistics),
            inputs=inputs,
            study=snakemake.wildcards.get("study", ""),
            config=snakemake.config,
        ),
    )
