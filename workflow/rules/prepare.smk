"""Raw data to prepared splits, and the classical baselines on them.

Needs: the packages that ship the data, or the user's own files.
Makes: <data>/{train,validation,test}.parquet, encoding.json, catalog.parquet, datasheet.json;
       <baseline>/evaluation.json, predictions.parquet.
"""


rule prepare_study:
    input:
        files=PLAN.own_files,
    output:
        train="<data>/train.parquet",
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        catalog="<data>/catalog.parquet",
        datasheet="<data>/datasheet.json",
    log:
        "logs/{study}/prepare.log",
    benchmark:
        "logs/{study}/prepare.tsv"
    cache: REUSE
    threads: 1
    resources:
        **PLAN.resources("prepare"),
    params:
        **PLAN.params("prepare"),
    message:
        "{wildcards.study}: preparing the data"
    script:
        "../scripts/stage.py"


rule fit_baseline:
    input:
        train="<data>/train.parquet",
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
    output:
        evaluation="<baseline>/evaluation.json",
        predictions="<baseline>/predictions.parquet",
    log:
        "logs/{study}/baseline.log",
    benchmark:
        "logs/{study}/baseline.tsv"
    cache: REUSE
    threads: 1
    resources:
        **PLAN.resources("baseline"),
    params:
        **PLAN.params("baseline"),
    message:
        "{wildcards.study}: fitting the classical baselines"
    script:
        "../scripts/stage.py"
