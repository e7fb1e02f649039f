"""The report: one rule for each page that `vitrine.report.pages` describes.

Needs: what the descriptors of the pages ask for.
Makes: results/report/charts.js, which every page with charts contains, and for each page
       results/report/<page>.html (one per study: results/report/<study>.html), its charts as SVG
       and PNG in results/report/figures/<page>/, and what else it writes: the model card
       results/report/<study>.md, and results/report/headline.json.
"""

from pathlib import Path

from vitrine.report.page import SiteFiles
from vitrine.report.pages.registry import PAGES, existing_pages


def chosen_model(study):
    """Scale and seed of a study's chosen model, once it is known."""
    choice = read_json(checkpoints.select_model.get(study=study).output[0])
    return choice["scale"], choice["seed"]


SITE_FILES = SiteFiles(
    models={
        study: [(scale, seed) for scale in scales(study) for seed in seeds(study)]
        for study in config["studies"]
    },
    chosen=chosen_model,
    methods=config["explanation"]["methods"],
    tuned=["lime"] if LIME else [],
    interactions=config["explanation"]["interactions"],
    abilities=SIZES,
    families={name: list(family["models"]) for name, family in config["families"].items()},
)
# The same for all pages.
SITE = {
    "studies": config["studies"],
    "pages": [page.name for page in existing_pages(SITE_FILES)],
    "language": config["report"]["language"],
}
# The pages on all studies.
SITE_PAGES = [page.outputs["page"] for page in existing_pages(SITE_FILES) if page.scope == "all"]


rule bundle_charts:
    output:
        "results/report/charts.js",
    log:
        "logs/charts.log",
    benchmark:
        "logs/charts.tsv"
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("charts"),
        runtime=REQUESTS.runtime("charts"),
    params:
        code=code("charts"),
    message:
        "making the script that draws the charts of all pages"
    script:
        "../scripts/charts.py"


def page_outputs(page):
    """The outputs of a page, and how Snakemake's own report shows them."""
    outputs = dict(page.outputs)
    outputs["page"] = report(
        outputs["page"],
        caption="../report/page.rst",
        category=page.category,
        labels={"what": page.label},
    )
    if page.has_figures:
        outputs["figures"] = report(
            directory(outputs["figures"]),
            patterns=["{figure}.svg"],
            caption="../report/chart.rst",
            category=page.category,
            labels={"what": page.figure_label},
        )
    return outputs


for page in existing_pages(SITE_FILES):

    rule:
        name:
            f"write_{page.name}"
        input:
            unpack(lambda wildcards, page=page: page.inputs(SITE_FILES, wildcards.get("study", ""))),
            script="results/report/charts.js",
        output:
            **page_outputs(page),
        log:
            f"logs/{page.stem}/page.log",
        benchmark:
            f"logs/{page.stem}/page.tsv"
        threads: 1
        resources:
            mem_mb=page.mem_mb,
            runtime=page.minutes,
        params:
            page=page.name,
            caption=page.caption,
            statistics=lookup("statistics", within=config),
            site=SITE,
            code=code("page", *page.code),
        message:
            f"writing the page {page.stem}"
        script:
            "../scripts/page.py"
