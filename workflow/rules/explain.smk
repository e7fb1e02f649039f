"""Attributions: why did the model decide so? One job per method, and one for pairs of players.

Needs: a trained model and its predictions.
Makes: <model>/attributions/<method>.parquet, <model>/diagnostics/<method>.parquet, and
       <model>/coalitions/<method>.parquet, the values that validation needs not evaluate again;
       if asked for, <model>/interactions.parquet.
"""


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
    output:
        attributions="<model>/attributions/{method}.parquet",
        diagnostics="<model>/diagnostics/{method}.parquet",
        coalitions="<model>/coalitions/{method}.parquet",
    log:
        "<logs>/explain.{method}.log",
    benchmark:
        "<logs>/explain.{method}.tsv"
    threads: 1
    resources:
        mem_mb=3000,
    params:
        instances=lookup("explanation/instances", within=config),
        target=lookup("explanation/target", within=config),
        value=lookup("explanation/value", within=config),
        removal=lookup("explanation/removal", within=config),
        background=lookup("explanation/background", within=config),
        seed=lookup("explanation/seed", within=config),
        megabytes=lookup("explanation/batch_memory_mb", within=config),
        method=lookup("explanation/{method}", within=config, default={}),
        code=lambda wildcards: code("explain", f"vitrine.attribution.{wildcards.method}"),
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
    output:
        "<model>/interactions.parquet",
    log:
        "<logs>/interactions.log",
    benchmark:
        "<logs>/interactions.tsv"
    threads: 1
    resources:
        mem_mb=3000,
    params:
        instances=lookup("explanation/instances", within=config),
        target=lookup("explanation/target", within=config),
        value=lookup("explanation/value", within=config),
        removal=lookup("explanation/removal", within=config),
        background=lookup("explanation/background", within=config),
        seed=lookup("explanation/seed", within=config),
        megabytes=lookup("explanation/batch_memory_mb", within=config),
        evaluations=lookup("explanation/interaction_evaluations", within=config),
        code=code("interactions"),
    message:
        "{wildcards.study}: interactions in {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/interactions.py"
