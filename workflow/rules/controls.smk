"""Control models: what explanations, and removal itself, are held against.

Needs: the prepared data, and the architecture of the explained model.
Makes: <model>/permuted/permuted.*, which has learned permuted labels, and <model>/whole/whole.*,
       which has never lost a player in training: weights (safetensors), architecture (json) and
       history (parquet).
"""


rule train_permuted:
    input:
        train="<data>/train.parquet",
        encoding="<data>/encoding.json",
        architecture="<model>/architecture.json",
        pretrained=of_folder,
    output:
        model="<model>/permuted/permuted.safetensors",
        architecture="<model>/permuted/permuted.json",
        history="<model>/permuted/permuted.parquet",
    log:
        "<logs>/permuted.log",
    benchmark:
        "<logs>/permuted.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("permuted"),
        runtime=REQUESTS.runtime("permuted"),
        gpu=REQUESTS.gpu("permuted"),
    params:
        job=wildcards_of,
        labels=lookup("validation/sanity/labels", within=config),
        token_dropping=of_definition("training", "token_dropping"),
        validation_seed=lookup("validation/seed", within=config),
        code=model_code("permuted"),
    message:
        "{wildcards.study}: training {wildcards.scale}, seed {wildcards.seed} on permuted labels"
    script:
        "../scripts/permuted.py"


rule train_whole:
    input:
        train="<data>/train.parquet",
        validation="<data>/validation.parquet",
        encoding="<data>/encoding.json",
        pretrained=of_folder,
    output:
        model="<model>/whole/whole.safetensors",
        architecture="<model>/whole/whole.json",
        history="<model>/whole/whole.parquet",
    log:
        "<logs>/whole.log",
    benchmark:
        "<logs>/whole.tsv"
    cache: REUSE
    threads: REQUESTS.threads("whole")
    resources:
        mem_mb=REQUESTS.memory("whole"),
        runtime=REQUESTS.runtime("whole"),
        gpu=REQUESTS.gpu("whole"),
    params:
        job=wildcards_of,
        scale=of_scale,
        training=of_definition("training"),
        metric=of_definition("metric"),
        code=model_code("whole", "vitrine.training.worker"),
    message:
        "{wildcards.study}: training {wildcards.scale}, seed {wildcards.seed} without token dropping"
    script:
        "../scripts/whole.py"
