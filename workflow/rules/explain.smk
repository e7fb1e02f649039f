"""Attention and attributions of a model: why did it decide so?

Needs: a trained model and its predictions.
Makes: <model>/attention/{attention.npz,rollout.npz,activations.npz,summary.parquet,heatmaps/};
       <model>/choice/{removal.json,lime.json}, the settings that do best on validation;
       <model>/attributions/<method>.parquet, <model>/diagnostics/<method>.parquet, and
       <model>/coalitions/<method>.parquet, the values that validation need not evaluate again;
       if asked for, <model>/interactions.parquet.
"""


rule map_attention:
    input:
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        predictions="<model>/predictions.parquet",
    output:
        maps="<model>/attention/attention.npz",
        rollout="<model>/attention/rollout.npz",
        summary="<model>/attention/summary.parquet",
        heatmaps=directory("<model>/attention/heatmaps"),
        activations="<model>/attention/activations.npz",
    log:
        "<logs>/attention.log",
    benchmark:
        "<logs>/attention.tsv"
    cache: REUSE
    threads: 1
    resources:
        **PLAN.resources("attention"),
    params:
        **PLAN.params("attention"),
    message:
        "{wildcards.study}: attention maps of {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/stage.py"


rule choose_removal:
    input:
        background=PLAN.background("<data>/train.parquet"),
        validation="<data>/validation.parquet",
        encoding="<data>/encoding.json",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
    output:
        choice="<model>/choice/removal.json",
    log:
        "<logs>/removal.log",
    benchmark:
        "<logs>/removal.tsv"
    cache: REUSE
    threads: 1
    resources:
        **PLAN.resources("removal"),
    params:
        **PLAN.params("removal"),
    message:
        "{wildcards.study}: choosing the feature removal for {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/stage.py"


rule tune_lime:
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
        **PLAN.resources("tune"),
    params:
        **PLAN.params("tune"),
    message:
        "{wildcards.study}: tuning LIME for {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/stage.py"


rule explain_instances:
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
        tuned=PLAN.of_tuning("choice/lime.json", "coalitions/tune.parquet"),
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
        **PLAN.resources("explain"),
    params:
        **PLAN.params("explain"),
    message:
        "{wildcards.study}: explaining {wildcards.scale}, seed {wildcards.seed} by {wildcards.method}"
    script:
        "../scripts/stage.py"


rule find_interactions:
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
    output:
        interactions="<model>/interactions.parquet",
    log:
        "<logs>/interactions.log",
    benchmark:
        "<logs>/interactions.tsv"
    cache: REUSE
    threads: 1
    resources:
        **PLAN.resources("interactions"),
    params:
        **PLAN.params("interactions"),
    message:
        "{wildcards.study}: interactions in {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/stage.py"
