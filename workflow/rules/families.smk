"""Families of language models: what emerges with their size, on the texts of a study.

Needs: the prepared data of the family's study; the pretrained models, or for those of ours nothing.
Makes: results/families/<family>/<member>/{model.json,positions.parquet,heads.parquet,
       copying.parquet,shots.parquet,predictions.parquet,attention} and, of those that we train,
       {language.safetensors,language.json,tokenizer.json,transformers};
       results/families/<family>/{emergence.json,curves.parquet}.
"""


rule train_language:
    input:
        unpack(family_study),
    output:
        model="<member>/language.safetensors",
        architecture="<member>/language.json",
        tokenizer="<member>/tokenizer.json",
        folder=directory("<member>/transformers"),
    log:
        "logs/families/{family}/{member}/language.log",
    benchmark:
        "logs/families/{family}/{member}/language.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("language"),
        runtime=REQUESTS.runtime("language"),
        gpu=REQUESTS.gpu("language"),
    params:
        job=wildcards_of,
        train=lambda wildcards: member(wildcards)["train"],
        asked=asked,
        code=code("language"),
    message:
        "{wildcards.family}: training the language model {wildcards.member}"
    script:
        "../scripts/language.py"


rule study_member:
    input:
        unpack(family_study),
        model=of_member,
    output:
        facts="<member>/model.json",
        positions="<member>/positions.parquet",
        heads="<member>/heads.parquet",
        copying="<member>/copying.parquet",
        shots="<member>/shots.parquet",
        predictions="<member>/predictions.parquet",
        attention=directory("<member>/attention"),
    log:
        "logs/families/{family}/{member}/family.log",
    benchmark:
        "logs/families/{family}/{member}/family.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("family"),
        runtime=REQUESTS.runtime("family"),
        gpu=REQUESTS.gpu("family"),
    params:
        job=wildcards_of,
        model=member,
        asked=asked,
        confidence=lookup("statistics/confidence", within=config),
        code=code("family"),
    message:
        "{wildcards.family}: what {wildcards.member} learns from its context"
    script:
        "../scripts/family.py"


rule analyse_family:
    input:
        facts=lambda wildcards: of_family(wildcards.family, "model.json"),
        tables=lambda wildcards: of_family(
            wildcards.family,
            "positions.parquet",
            "heads.parquet",
            "copying.parquet",
            "shots.parquet",
        ),
    output:
        analysis="results/families/{family}/emergence.json",
        curves="results/families/{family}/curves.parquet",
    log:
        "logs/families/{family}/families.log",
    benchmark:
        "logs/families/{family}/families.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("families"),
        runtime=REQUESTS.runtime("families"),
    params:
        job=wildcards_of,
        statistics=lookup("statistics", within=config),
        code=code("families"),
    message:
        "{wildcards.family}: curves over the size of the models"
    script:
        "../scripts/families.py"


rule families:
    input:
        expand("results/families/{family}/emergence.json", family=config["families"]),
