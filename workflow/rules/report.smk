"""Pages: one per study, and those about all studies; what each reads its descriptor says.

Needs: everything that was made for the chosen model of each study.
Makes: results/report/charts.js, which every page with charts contains;
       results/report/<page>.html and results/report/figures/<page>/ (its charts as SVG and PNG) of
       every study and of every page in vitrine/report/pages; <study>.md (the model card) and
       headline.json beside them.
"""


rule bundle_charts:
    output:
        script="results/report/charts.js",
    log:
        "logs/charts.log",
    benchmark:
        "logs/charts.tsv"
    threads: 1
    resources:
        **PLAN.resources("charts"),
    params:
        **PLAN.params("charts"),
    message:
        "making the script that draws the charts of all pages"
    script:
        "../scripts/stage.py"


for page in PLAN.pages:

    rule:
        name:
            f"write_{page.name}"
        input:
            unpack(PLAN.page_inputs(page, chosen_model)),
            script="results/report/charts.js",
        output:
            **page_outputs(page),
        log:
            f"logs/{page.stem}/page.log",
        benchmark:
            f"logs/{page.stem}/page.tsv"
        threads: 1
        resources:
            **PLAN.page_resources(page),
        params:
            **PLAN.page_params(page),
        message:
            f"writing the page {page.stem}".replace("{study}", "{wildcards.study}")
        script:
            "../scripts/stage.py"
