"""Is the attribution true to the model, does it stay when it should, and change when it should?

Needs: the attributions of all methods for one model; for robustness its siblings of other seeds,
       and control models.
Makes: <model>/{faithfulness.parquet,comparisons.parquet,verdict.json,removal.parquet},
       <model>/{robustness.parquet,sanity.parquet,sanity.json}.
"""


rule validate_attributions:
    input:
        background=of_background("<data>/train.parquet"),
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        with_dropping=of_dropping("model.safetensors"),
        without_dropping=of_dropping("whole/whole.safetensors"),
        small_architecture=of_dropping("architecture.json"),
        predictions="<model>/predictions.parquet",
        removal="<model>/choice/removal.json",
        attributions=expand(
            "results/{study}/{scale}/seed{seed}/attributions/{method}.parquet",
            method=config["explanation"]["methods"],
            allow_missing=True,
        ),
        coalitions=expand(
            "results/{study}/{scale}/seed{seed}/coalitions/{method}.parquet",
            method=[*config["explanation"]["methods"], *(["tune"] if LIME else [])],
            allow_missing=True,
        ),
    output:
        faithfulness="<model>/faithfulness.parquet",
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
        mem_mb=REQUESTS.memory("validate"),
        runtime=REQUESTS.runtime("validate"),
        gpu=REQUESTS.gpu("validate"),
    params:
        job=wildcards_of,
        instances=lookup("explanation/instances", within=config),
        target=lookup("explanation/target", within=config),
        removal=lookup("explanation/removal", within=config),
        background=lookup("explanation/background", within=config),
        seed=lookup("explanation/seed", within=config),
        megabytes=lookup("explanation/batch_memory_mb", within=config),
        fractions=lookup("validation/fractions", within=config),
        random_rankings=lookup("validation/random_rankings", within=config),
        ceiling_evaluations=lookup("validation/ceiling_evaluations", within=config),
        subsets=lookup("validation/subsets", within=config),
        subset_share=lookup("validation/subset_share", within=config),
        removal_check=lookup("validation/removal", within=config),
        validation_seed=lookup("validation/seed", within=config),
        statistics=lookup("statistics", within=config),
        code=model_code("validate"),
    message:
        "{wildcards.study}: validating the attributions of {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/validate.py"


rule check_robustness:
    input:
        background=of_background("<data>/train.parquet"),
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        siblings=lambda wildcards: expand(
            "results/{study}/{scale}/seed{seed}/model.safetensors",
            study=wildcards.study,
            scale=wildcards.scale,
            seed=seeds(wildcards.study),
        ),
        permuted="<model>/permuted/permuted.safetensors",
        permuted_architecture="<model>/permuted/permuted.json",
        permuted_history="<model>/permuted/permuted.parquet",
        predictions="<model>/predictions.parquet",
        removal="<model>/choice/removal.json",
        tuned=["<model>/choice/lime.json"] if LIME else [],
        attributions=expand(
            "results/{study}/{scale}/seed{seed}/attributions/{method}.parquet",
            method=config["explanation"]["methods"],
            allow_missing=True,
        ),
        diagnostics=expand(
            "results/{study}/{scale}/seed{seed}/diagnostics/{method}.parquet",
            method=config["explanation"]["methods"],
            allow_missing=True,
        ),
        coalitions=expand(
            "results/{study}/{scale}/seed{seed}/coalitions/{method}.parquet",
            method=[*config["explanation"]["methods"], *(["tune"] if LIME else [])],
            allow_missing=True,
        ),
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
        mem_mb=REQUESTS.memory("robustness"),
        runtime=REQUESTS.runtime("robustness"),
        gpu=REQUESTS.gpu("robustness"),
    params:
        job=wildcards_of,
        explanation=lookup("explanation", within=config),
        robustness=lookup("validation/robustness", within=config),
        sanity=lookup("validation/sanity", within=config),
        seed=lookup("validation/seed", within=config),
        statistics=lookup("statistics", within=config),
        code=model_code(
            "robustness",
            *(attribution_method(method).implementation for method in config["explanation"]["methods"]),
        ),
    message:
        "{wildcards.study}: robustness of the explanations of {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/robustness.py"
