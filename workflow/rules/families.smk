"""Families of language models: what emerges with their size, on the texts of a study.

Needs: the prepared data of the family's study; the pretrained models, or for those of ours nothing.
Makes: results/families/<family>/<member>/{model.json,positions.parquet,heads.parquet,
       copying.parquet,shots.parquet,predictions.parquet,attention} and, of those that we train,
       {language.safetensors,language.json,tokenizer.json,transformers};
       results/families/<family>/{emergence.json,curves.parquet}.
"""


rule train_language:
    input:
        unpack(PLAN.family_study),
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
        **PLAN.resources("language"),
    params:
        **PLAN.params("language"),
    message:
        "{wildcards.family}: training the language model {wildcards.member}"
    script:
        "../scripts/stage.py"


rule study_member:
    input:
        unpack(PLAN.family_study),
        model=PLAN.family_model,
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
        **PLAN.resources("family"),
    params:
        **PLAN.params("family"),
    message:
        "{wildcards.family}: what {wildcards.member} learns from its context"
    script:
        "../scripts/stage.py"


rule analyse_family:
    input:
        facts=PLAN.of_family("model.json"),
        tables=PLAN.of_family(
            "positions.parquet", "heads.parquet", "copying.parquet", "shots.parquet"
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
        **PLAN.resources("families"),
    params:
        **PLAN.params("families"),
    message:
        "{wildcards.family}: curves over the size of the models"
    script:
        "../scripts/stage.py"
