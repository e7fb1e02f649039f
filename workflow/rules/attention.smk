"""Attention maps of a model on the instances that are explained.

Needs: a trained model and its predictions.
Makes: <model>/attention/{attention.npz,rollout.npz,activations.npz,summary.parquet,heatmaps/}.
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
        mem_mb=REQUESTS.memory("attention"),
        runtime=REQUESTS.runtime("attention"),
        gpu=REQUESTS.gpu("attention"),
    params:
        job=wildcards_of,
        instances=lookup("explanation/instances", within=config),
        target=lookup("explanation/target", within=config),
        seed=lookup("explanation/seed", within=config),
        megabytes=lookup("explanation/batch_memory_mb", within=config),
        kept=lookup("explanation/attention_maps", within=config),
        code=model_code("attention"),
    message:
        "{wildcards.study}: attention maps of {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/attention.py"
