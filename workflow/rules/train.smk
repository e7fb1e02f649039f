"""Models: trained at every scale and seed, evaluated, and the best of each study chosen.

Needs: the prepared data.
Makes: <model>/{model.safetensors,architecture.json,history.parquet,evaluation.json,
       predictions.parquet} and results/<study>/chosen.json; the control models
       <model>/whole/whole.*, trained without token dropping, and <model>/permuted/permuted.*,
       trained on permuted labels.
"""


rule train_model:
    input:
        train="<data>/train.parquet",
        validation="<data>/validation.parquet",
        encoding="<data>/encoding.json",
        pretrained=PLAN.pretrained_folder,
    output:
        model="<model>/model.safetensors",
        architecture="<model>/architecture.json",
        history="<model>/history.parquet",
    log:
        "<logs>/train.log",
    benchmark:
        "<logs>/train.tsv"
    cache: REUSE
    threads: PLAN.threads("train")
    resources:
        **PLAN.resources("train"),
    params:
        **PLAN.params("train"),
    message:
        "{wildcards.study}: training {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/stage.py"


rule train_whole:
    input:
        train="<data>/train.parquet",
        validation="<data>/validation.parquet",
        encoding="<data>/encoding.json",
        pretrained=PLAN.pretrained_folder,
    output:
        model="<model>/whole/whole.safetensors",
        architecture="<model>/whole/whole.json",
        history="<model>/whole/whole.parquet",
    log:
        "<logs>/whole.log",
    benchmark:
        "<logs>/whole.tsv"
    cache: REUSE
    threads: PLAN.threads("whole")
    resources:
        **PLAN.resources("whole"),
    params:
        **PLAN.params("whole"),
    message:
        "{wildcards.study}: training {wildcards.scale}, seed {wildcards.seed} without token dropping"
    script:
        "../scripts/stage.py"


rule train_permuted:
    input:
        train="<data>/train.parquet",
        encoding="<data>/encoding.json",
        architecture="<model>/architecture.json",
        pretrained=PLAN.pretrained_folder,
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
        **PLAN.resources("permuted"),
    params:
        **PLAN.params("permuted"),
    message:
        "{wildcards.study}: training {wildcards.scale}, seed {wildcards.seed} on permuted labels"
    script:
        "../scripts/stage.py"


rule evaluate_model:
    input:
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        baselines="<baseline>/predictions.parquet",
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
        **PLAN.resources("evaluate"),
    params:
        **PLAN.params("evaluate"),
    message:
        "{wildcards.study}: evaluating {wildcards.scale}, seed {wildcards.seed}"
    script:
        "../scripts/stage.py"


# A checkpoint: which model is explained is known only when all have been evaluated.
checkpoint select_model:
    input:
        evaluations=PLAN.of_models("evaluation.json"),
    output:
        choice="results/{study}/chosen.json",
    log:
        "logs/{study}/select.log",
    # Done in a moment: not worth a queue.
    localrule: True
    threads: 1
    resources:
        **PLAN.resources("select"),
    params:
        **PLAN.params("select"),
    message:
        "{wildcards.study}: choosing the best model on the validation split"
    script:
        "../scripts/stage.py"
