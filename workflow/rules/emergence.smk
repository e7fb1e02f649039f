"""Abilities whose optimum theory knows, and depth and context in the models of the studies.

Needs: for the abilities nothing, their tasks are generated; the prepared data and all models.
Makes: results/abilities/<ability>/<size>/{ability.json,curves.parquet,evaluation.parquet,
       mechanism.parquet,checkpoints} and results/abilities/emergence.json;
       results/<study>/{depth,context}.parquet.
"""


rule train_ability:
    output:
        facts="<ability>/ability.json",
        curves="<ability>/curves.parquet",
        evaluation="<ability>/evaluation.parquet",
        mechanism="<ability>/mechanism.parquet",
        checkpoints=directory("<ability>/checkpoints"),
    log:
        "logs/abilities/{ability}/{size}.log",
    benchmark:
        "logs/abilities/{ability}/{size}.tsv"
    cache: REUSE
    # Nothing but the analysis waits for these, while studies are long chains.
    priority: -1
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("ability"),
        runtime=REQUESTS.runtime("ability"),
    params:
        job=wildcards_of,
        settings=of_size,
        measurements=lookup("abilities/measurements", within=config),
        final_predictions=lookup("abilities/final_predictions", within=config),
        code=lambda wildcards: code("ability", ABILITIES[wildcards.ability].module),
    message:
        "{wildcards.ability}: training {wildcards.size} with every seed"
    script:
        "../scripts/ability.py"


rule analyse_abilities:
    input:
        facts=[path for name in SIZES for path in of_ability(name, "ability.json")],
        curves=[path for name in SIZES for path in of_ability(name, "curves.parquet")],
        evaluation=[path for name in SIZES for path in of_ability(name, "evaluation.parquet")],
    output:
        "results/abilities/emergence.json",
    log:
        "logs/abilities/emergence.log",
    benchmark:
        "logs/abilities/emergence.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("emergence"),
        runtime=REQUESTS.runtime("emergence"),
    params:
        job=wildcards_of,
        statistics=lookup("statistics", within=config),
        success=lookup("abilities/success", within=config),
        code=code("emergence"),
    message:
        "abilities: breakpoints, success rates, fits and verdicts"
    script:
        "../scripts/emergence.py"


rule probe_depth:
    input:
        train="<data>/train.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        models=of_models("model.safetensors"),
        architectures=of_models("architecture.json"),
    output:
        layers="results/{study}/depth.parquet",
        context="results/{study}/context.parquet",
    log:
        "logs/{study}/depth.log",
    benchmark:
        "logs/{study}/depth.tsv"
    cache: REUSE
    threads: 1
    resources:
        mem_mb=REQUESTS.memory("depth"),
        runtime=REQUESTS.runtime("depth"),
        gpu=REQUESTS.gpu("depth"),
    params:
        job=wildcards_of,
        instances=lookup("abilities/probed_instances", within=config),
        code=model_code("depth"),
    message:
        "{wildcards.study}: probing every layer, measuring what context is worth"
    script:
        "../scripts/depth.py"
