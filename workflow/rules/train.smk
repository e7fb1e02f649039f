"""Models: trained at every scale and seed, evaluated, and the best of each study chosen.

Needs: the prepared data.
Makes: <model>/{model.safetensors,architecture.json,history.parquet,evaluation.json,
       predictions.parquet} and results/<study>/chosen.json.
"""


rule train_model:
    input:
        train="<data>/train.parquet",
        validation="<data>/validation.parquet",
        encoding="<data>/encoding.json",
        pretrained=of_folder,
    output:
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        history="<model>/history.parquet",
    log:
        "<logs>/train.log",
    benchmark:
        "<logs>/train.tsv"
    cache: REUSE
    threads: REQUESTS.threads("train")
    resources:
        mem_mb=REQUESTS.memory("train"),
        runtime=REQUESTS.runtime("train"),
        gpu=REQUESTS.gpu("train"),
    params:
        job=wildcards_of,
        scale=of_scale,
        training=of_definition("training"),
        metric=of_definition("metric"),
        code=model_code("train", "vitrine.training.worker"),
    message:
        "{wildcards.study}: training {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/train.py"


rule evaluate_model:
    input:
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
    output:
        evaluation="<model>/evaluation.json",
        predictions="<model>/predictions.parquet",
    log:
        "<logs>/evaluate.log",
    benchmark:
        "<logs>/evaluate.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("evaluate"),
        runtime=REQUESTS.runtime("evaluate"),
        gpu=REQUESTS.gpu("evaluate"),
    params:
        job=wildcards_of,
        statistics=lookup("statistics", within=config),
        code=model_code("evaluate"),
    message:
        "{wildcards.study}: evaluating {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/evaluate.py"


# A checkpoint: which model is explained is known only when all have been evaluated.
checkpoint select_model:
    input:
        of_models("evaluation.json"),
    output:
        "results/{study}/chosen.json",
    log:
        "logs/{study}/select.log",
    # Done in a blink: not worth a queue.
    localrule: True
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("select"),
        runtime=REQUESTS.runtime("select"),
    params:
        metric=of_definition("metric"),
        code=code("select"),
    message:
        "{wildcards.study}: choosing the best model on the validation split"
    script:
        "../scripts/select.py"
