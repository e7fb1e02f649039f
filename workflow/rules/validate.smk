"""Is an attribution faithful to the model, robust, and dependent on what the model has learned?

Needs: the attributions of all methods for one model; for robustness its siblings of other seeds,
       and control models.
Makes: <model>/{faithfulness.parquet,means.parquet,comparisons.parquet,verdict.json,removal.parquet},
       <model>/{robustness.parquet,sanity.parquet,sanity.json}.
"""


rule validate_attributions:
    input:
        background=PLAN.background("<data>/train.parquet"),
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        predictions="<model>/predictions.parquet",
        removal="<model>/choice/removal.json",
        attributions=PLAN.method_files("attributions"),
        coalitions=PLAN.coalition_files(),
        with_dropping=PLAN.of_dropping("model.safetensors"),
        without_dropping=PLAN.of_dropping("whole/whole.safetensors"),
        control_architecture=PLAN.of_dropping("architecture.json"),
    output:
        faithfulness="<model>/faithfulness.parquet",
        means="<model>/means.parquet",
        comparisons="<model>/comparisons.parquet",
        verdict="<model>/verdict.json",
        removal="<model>/removal.parquet",
    log:
        "<logs>/validate.log",
    benchmark:
        "<logs>/validate.tsv"
    cache: REUSE
    threads: 1
    resources:
        **PLAN.resources("validate"),
    params:
        **PLAN.params("validate"),
    message:
        "{wildcards.study}: validating the attributions of {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/stage.py"


rule check_robustness:
    input:
        background=PLAN.background("<data>/train.parquet"),
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        predictions="<model>/predictions.parquet",
        removal="<model>/choice/removal.json",
        siblings=PLAN.of_siblings("model.safetensors"),
        permuted="<model>/permuted/permuted.safetensors",
        permuted_architecture="<model>/permuted/permuted.json",
        permuted_history="<model>/permuted/permuted.parquet",
        tuned=["<model>/choice/lime.json"] if PLAN.tuned else [],
        attributions=PLAN.method_files("attributions"),
        diagnostics=PLAN.method_files("diagnostics"),
        coalitions=PLAN.coalition_files(),
    output:
        robustness="<model>/robustness.parquet",
        sanity="<model>/sanity.parquet",
        verdict="<model>/sanity.json",
    log:
        "<logs>/robustness.log",
    benchmark:
        "<logs>/robustness.tsv"
    cache: REUSE
    threads: 1
    resources:
        **PLAN.resources("robustness"),
    params:
        **PLAN.params("robustness"),
    message:
        "{wildcards.study}: robustness of the explanations of {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/stage.py"
