"""Write the page of one study."""

from pathlib import Path

from vitrine.report.pages.card import write_card
from vitrine.report.pages.study import write_study_page
from vitrine.report.shell import Site
from vitrine.tracking.job import job

with job(snakemake, "page"):
    study = snakemake.wildcards.study
    folder = Path(snakemake.input.chosen).parent
    write_study_page(
        study,
        folder,
        Path(snakemake.output.page),
        figures=Path(snakemake.output.figures),
        interactions=bool(snakemake.input.interactions),
        statistics=snakemake.params.statistics,
        site=Site(**snakemake.params.site, script=Path(snakemake.input.script)),
    )
    write_card(study, folder, Path(snakemake.output.card), statistics=snakemake.params.statistics)
