"""Attributions: why did the model decide so? One job per method, and one for pairs of players.

Needs: a trained model and its predictions.
Makes: <model>/choice/{removal.json,lime.json}, the settings that do best on validation;
       <model>/attributions/<method>.parquet, <model>/diagnostics/<method>.parquet, and
       <model>/coalitions/<method>.parquet, the values that validation needs not evaluate again;
       if asked for, <model>/interactions.parquet.
"""


rule choose_removal:
    input:
        background=of_background("<data>/train.parquet"),
        validation="<data>/validation.parquet",
        encoding="<data>/encoding.json",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
    output:
        "<model>/choice/removal.json",
    log:
        "<logs>/removal.log",
    benchmark:
        "<logs>/removal.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("removal"),
        runtime=REQUESTS.runtime("removal"),
        gpu=REQUESTS.gpu("removal"),
    params:
        job=wildcards_of,
        removal=lookup("explanation/removal", within=config),
        tried=lookup("explanation/choice/removals", within=config),
        margin=lookup("explanation/choice/margin", within=config),
        background=lookup("explanation/background", within=config),
        seed=lookup("explanation/seed", within=config),
        megabytes=lookup("explanation/batch_memory_mb", within=config),
        check=lookup("validation/removal", within=config),
        validation_seed=lookup("validation/seed", within=config),
        statistics=lookup("statistics", within=config),
        code=model_code("removal"),
    message:
        "{wildcards.study}: choosing what {wildcards.scale}, seed {wildcards.seed} sees of the absent"
    script:
        "../scripts/removal.py"


rule tune_lime:
    input:
        background=of_background("<data>/train.parquet"),
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        predictions="<model>/predictions.parquet",
        removal="<model>/choice/removal.json",
    output:
        choice="<model>/choice/lime.json",
        coalitions="<model>/coalitions/tune.parquet",
    log:
        "<logs>/tune.log",
    benchmark:
        "<logs>/tune.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("tune"),
        runtime=REQUESTS.runtime("tune"),
        gpu=REQUESTS.gpu("tune"),
    params:
        job=wildcards_of,
        instances=lookup("explanation/instances", within=config),
        target=lookup("explanation/target", within=config),
        value=lookup("explanation/value", within=config),
        removal=lookup("explanation/removal", within=config),
        background=lookup("explanation/background", within=config),
        seed=lookup("explanation/seed", within=config),
        megabytes=lookup("explanation/batch_memory_mb", within=config),
        lime=lookup("explanation/lime", within=config),
        tried=lookup("explanation/choice", within=config),
        fractions=lookup("validation/fractions", within=config),
        random_rankings=lookup("validation/random_rankings", within=config),
        ceiling_evaluations=lookup("validation/ceiling_evaluations", within=config),
        subsets=lookup("validation/subsets", within=config),
        subset_share=lookup("validation/subset_share", within=config),
        validation_seed=lookup("validation/seed", within=config),
        statistics=lookup("statistics", within=config),
        code=model_code("tune"),
    message:
        "{wildcards.study}: tuning LIME for {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/tune.py"


rule explain_instances:
    input:
        background=of_background("<data>/train.parquet"),
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        predictions="<model>/predictions.parquet",
        removal="<model>/choice/removal.json",
        tuned=of_tuning("choice/lime.json", "coalitions/tune.parquet"),
    output:
        attributions="<model>/attributions/{method}.parquet",
        diagnostics="<model>/diagnostics/{method}.parquet",
        coalitions="<model>/coalitions/{method}.parquet",
    log:
        "<logs>/explain.{method}.log",
    benchmark:
        "<logs>/explain.{method}.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("explain"),
        runtime=REQUESTS.runtime("explain"),
        gpu=REQUESTS.gpu("explain"),
    params:
        job=wildcards_of,
        instances=lookup("explanation/instances", within=config),
        target=lookup("explanation/target", within=config),
        value=lookup("explanation/value", within=config),
        removal=lookup("explanation/removal", within=config),
        background=lookup("explanation/background", within=config),
        seed=lookup("explanation/seed", within=config),
        megabytes=lookup("explanation/batch_memory_mb", within=config),
        method=lookup("explanation/{method}", within=config, default={}),
        code=lambda wildcards: model_code("explain", attribution_method(wildcards.method).implementation)(
            wildcards
        ),
    message:
        "{wildcards.study}: explaining {wildcards.scale}, seed {wildcards.seed} by {wildcards.method}"
    script:
        "../scripts/explain.py"


rule find_interactions:
    input:
        background=of_background("<data>/train.parquet"),
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        predictions="<model>/predictions.parquet",
        removal="<model>/choice/removal.json",
    output:
        "<model>/interactions.parquet",
    log:
        "<logs>/interactions.log",
    benchmark:
        "<logs>/interactions.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("interactions"),
        runtime=REQUESTS.runtime("interactions"),
        gpu=REQUESTS.gpu("interactions"),
    params:
        job=wildcards_of,
        instances=lookup("explanation/instances", within=config),
        target=lookup("explanation/target", within=config),
        value=lookup("explanation/value", within=config),
        removal=lookup("explanation/removal", within=config),
        background=lookup("explanation/background", within=config),
        seed=lookup("explanation/seed", within=config),
        megabytes=lookup("explanation/batch_memory_mb", within=config),
        evaluations=lookup("explanation/interaction_evaluations", within=config),
        code=model_code("interactions"),
    message:
        "{wildcards.study}: interactions in {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/interactions.py"
