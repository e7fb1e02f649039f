"""Write the pages that look at all studies, and the primer."""

from pathlib import Path

from vitrine.report.pages.compared import write_attention, write_explanations
from vitrine.report.pages.primer import write_primer
from vitrine.report.pages.provenance import write_provenance
from vitrine.report.pages.study import write_index
from vitrine.report.shell import Site
from vitrine.tracking.job import job

with job(snakemake, "report"):
    site = Site(**snakemake.params.site, script=Path(snakemake.input.script))
    studies = {study: Path("results", study) for study in site.studies}
    statistics = snakemake.params.statistics
    output = {name: Path(path) for name, path in snakemake.output.items()}
    write_primer(output["primer"], site=site, figures=output["primer_figures"])
    write_attention(studies, output["attention"], site=site, figures=output["attention_figures"])
    write_explanations(
        studies,
        output["explanations"],
        statistics=statistics,
        site=site,
        figures=output["explanations_figures"],
    )
    write_provenance(
        studies,
        output["provenance"],
        root=Path("results"),
        config=snakemake.config,
        site=site,
    )
    write_index(
        studies,
        output["index"],
        output["headline"],
        statistics=statistics,
        site=site,
        root=Path("results"),
        abilities=snakemake.input.abilities[0] if snakemake.input.abilities else None,
    )
