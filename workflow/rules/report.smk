"""Pages: one per study, those that look at all studies, and the primer.

Needs: everything that was made for the chosen model of each study.
Makes: results/report/charts.js, which every page with charts contains,
       results/report/<study>.html and <study>.md (the model card), results/report/{index,emergence,
       families,attention,explanations,provenance,primer}.html, results/report/figures/<page>/
       (a page's charts as SVG and PNG), results/report/headline.json.
"""

from glob import glob

REPORT = os.path.join(LIBRARY, "vitrine", "report")
TEMPLATES = sorted(glob(f"{REPORT}/templates/*") + glob(f"{REPORT}/text/languages/*"))
# What all pages share: the studies with a page each, the other pages, the language.
SITE = {
    "studies": config["studies"],
    "pages": [
        "emergence",
        *(["families"] if config["families"] else []),
        "attention",
        "explanations",
        "provenance",
        "primer",
    ],
    "language": config["report"]["language"],
}


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


rule write_page:
    input:
        script="results/report/charts.js",
        datasheet="<data>/datasheet.json",
        baseline="<baseline>/evaluation.json",
        chosen="results/{study}/chosen.json",
        train="<data>/train.parquet",
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        models=of_models("evaluation.json", "history.parquet"),
        explained=lambda wildcards: of_chosen(
            wildcards.study,
            "predictions.parquet",
            "choice/removal.json",
            *(["choice/lime.json"] if LIME else []),
            "faithfulness.parquet",
            "comparisons.parquet",
            "verdict.json",
            "removal.parquet",
            "robustness.parquet",
            "sanity.parquet",
            "sanity.json",
            "attention/summary.parquet",
            "attention/attention.npz",
            "attention/activations.npz",
            *(
                f"{folder}/{method}.parquet"
                for folder in ("attributions", "diagnostics")
                for method in config["explanation"]["methods"]
            ),
        ),
        interactions=lambda wildcards: (
            of_chosen(wildcards.study, "interactions.parquet")
            if config["explanation"]["interactions"]
            else []
        ),
    output:
        page=report(
            "results/report/{study}.html",
            caption="../report/page.rst",
            category="{study}",
            labels={"what": "page"},
        ),
        figures=report(
            directory("results/report/figures/{study}"),
            patterns=["{figure}.svg"],
            caption="../report/figure.rst",
            category="{study}",
            labels={"what": "{figure}"},
        ),
        card="results/report/{study}.md",
    log:
        "logs/{study}/page.log",
    benchmark:
        "logs/{study}/page.tsv"
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("page"),
        runtime=REQUESTS.runtime("page"),
    params:
        statistics=lookup("statistics", within=config),
        site=SITE,
        code=code("page", *TEMPLATES),
    message:
        "{wildcards.study}: writing the page"
    script:
        "../scripts/page.py"


rule write_report:
    input:
        script="results/report/charts.js",
        # Every page has read what the index reads, so the pages stand for it.
        pages=expand("results/report/{study}.html", study=config["studies"]),
        abilities=["results/abilities/emergence.json"] if SIZES else [],
    output:
        index=report(
            "results/report/index.html",
            caption="../report/index.rst",
            category="All studies",
            labels={"what": "index"},
        ),
        headline="results/report/headline.json",
        attention=report(
            "results/report/attention.html",
            caption="../report/attention.rst",
            category="All studies",
            labels={"what": "attention"},
        ),
        attention_figures=report(
            directory("results/report/figures/attention"),
            patterns=["{figure}.svg"],
            caption="../report/chart.rst",
            category="All studies",
            labels={"what": "attention: {figure}"},
        ),
        explanations=report(
            "results/report/explanations.html",
            caption="../report/explanations.rst",
            category="All studies",
            labels={"what": "explanations"},
        ),
        explanations_figures=report(
            directory("results/report/figures/explanations"),
            patterns=["{figure}.svg"],
            caption="../report/chart.rst",
            category="All studies",
            labels={"what": "explanations: {figure}"},
        ),
        provenance=report(
            "results/report/provenance.html",
            caption="../report/provenance.rst",
            category="All studies",
            labels={"what": "provenance"},
        ),
        primer=report(
            "results/report/primer.html",
            caption="../report/primer.rst",
            category="All studies",
            labels={"what": "primer"},
        ),
        primer_figures=report(
            directory("results/report/figures/primer"),
            patterns=["{figure}.svg"],
            caption="../report/chart.rst",
            category="All studies",
            labels={"what": "primer: {figure}"},
        ),
    log:
        "logs/report.log",
    benchmark:
        "logs/report.tsv"
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("report"),
        runtime=REQUESTS.runtime("report"),
    params:
        statistics=lookup("statistics", within=config),
        site=SITE,
        code=code("report", *TEMPLATES),
    message:
        "writing the report"
    script:
        "../scripts/report.py"


rule write_emergence:
    input:
        script="results/report/charts.js",
        analysis="results/abilities/emergence.json",
        curves=[path for name in SIZES for path in of_ability(name, "curves.parquet")],
        mechanism=[path for name in SIZES for path in of_ability(name, "mechanism.parquet")],
        depth=expand("results/{study}/depth.parquet", study=config["studies"]),
        context=expand("results/{study}/context.parquet", study=config["studies"]),
    output:
        page=report(
            "results/report/emergence.html",
            caption="../report/emergence.rst",
            category="All studies",
            labels={"what": "emergence"},
        ),
        figures=report(
            directory("results/report/figures/emergence"),
            patterns=["{figure}.svg"],
            caption="../report/chart.rst",
            category="All studies",
            labels={"what": "emergence: {figure}"},
        ),
    log:
        "logs/emergence_page.log",
    benchmark:
        "logs/emergence_page.tsv"
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("emergence_page"),
        runtime=REQUESTS.runtime("emergence_page"),
    params:
        statistics=lookup("statistics", within=config),
        site=SITE,
        code=code("emergence_page", *TEMPLATES),
    message:
        "writing the page on emergence"
    script:
        "../scripts/emergence_page.py"


rule write_families:
    input:
        script="results/report/charts.js",
        analyses=expand("results/families/{family}/emergence.json", family=config["families"]),
        tables=[
            path
            for family in config["families"]
            for path in of_family(family, "positions.parquet", "shots.parquet")
        ],
    output:
        page=report(
            "results/report/families.html",
            caption="../report/families.rst",
            category="All studies",
            labels={"what": "families"},
        ),
        figures=report(
            directory("results/report/figures/families"),
            patterns=["{figure}.svg"],
            caption="../report/chart.rst",
            category="All studies",
            labels={"what": "families: {figure}"},
        ),
    log:
        "logs/families_page.log",
    benchmark:
        "logs/families_page.tsv"
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("families_page"),
        runtime=REQUESTS.runtime("families_page"),
    params:
        statistics=lookup("statistics", within=config),
        site=SITE,
        code=code("families_page", *TEMPLATES),
    message:
        "writing the page on families of language models"
    script:
        "../scripts/families_page.py"
