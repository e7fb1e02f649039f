"""Raw data to prepared splits, and the classical baselines on them.

Needs: the packages that ship the data, or the user's own files.
Makes: <data>/{train,validation,test}.parquet, encoding.json, catalog.parquet, datasheet.json;
       <baseline>/evaluation.json.
"""


rule prepare_study:
    input:
        own_files,
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
        mem_mb=REQUESTS.memory("prepare"),
        runtime=REQUESTS.runtime("prepare"),
    params:
        job=wildcards_of,
        source=of_definition("source"),
        data=of_definition("data"),
        split=of_definition("split"),
        players=of_definition("players"),
        vocabulary=of_definition("vocabulary"),
        code=code("prepare", *READING.values()),
    message:
        "{wildcards.study}: preparing the data"
    script:
        "../scripts/prepare.py"


rule fit_baseline:
    input:
        train="<data>/train.parquet",
        validation="<data>/validation.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
    output:
        evaluation="<baseline>/evaluation.json",
    log:
        "logs/{study}/baseline.log",
    benchmark:
        "logs/{study}/baseline.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("baseline"),
        runtime=REQUESTS.runtime("baseline"),
    params:
        job=wildcards_of,
        metric=of_definition("metric"),
        statistics=lookup("statistics", within=config),
        code=code("baseline"),
    message:
        "{wildcards.study}: fitting the classical baselines"
    script:
        "../scripts/baseline.py"
