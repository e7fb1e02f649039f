"""Abilities whose optimum theory knows, and depth and context in the models of the studies.

Needs: for the abilities nothing, their tasks are generated; the prepared data and all models.
Makes: results/abilities/<ability>/<size>/{ability.json,curves.parquet,evaluation.parquet,
       mechanism.parquet,losses.npz,checkpoints} and results/abilities/emergence.json;
       results/<study>/{depth,context}.parquet.
"""


rule train_ability:
    output:
        facts="<ability>/ability.json",
        curves="<ability>/curves.parquet",
        evaluation="<ability>/evaluation.parquet",
        mechanism="<ability>/mechanism.parquet",
        losses="<ability>/losses.npz",
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
        **PLAN.resources("ability"),
    params:
        **PLAN.params("ability"),
    message:
        "{wildcards.ability}: training {wildcards.size} with every seed"
    script:
        "../scripts/stage.py"


rule analyse_abilities:
    input:
        facts=PLAN.ability_files("ability.json"),
        curves=PLAN.ability_files("curves.parquet"),
        evaluation=PLAN.ability_files("evaluation.parquet"),
        losses=PLAN.ability_files("losses.npz"),
    output:
        analysis="results/abilities/emergence.json",
    log:
        "logs/abilities/emergence.log",
    benchmark:
        "logs/abilities/emergence.tsv"
    cache: REUSE
    threads: 1
    resources:
        **PLAN.resources("emergence"),
    params:
        **PLAN.params("emergence"),
    message:
        "abilities: breakpoints, success rates, fits and verdicts"
    script:
        "../scripts/stage.py"


rule probe_depth:
    input:
        train="<data>/train.parquet",
        test="<data>/test.parquet",
        encoding="<data>/encoding.json",
        models=PLAN.of_models("model.safetensors"),
        architectures=PLAN.of_models("architecture.json"),
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
        **PLAN.resources("depth"),
    params:
        **PLAN.params("depth"),
    message:
        "{wildcards.study}: probing every layer, measuring the value of context"
    script:
        "../scripts/stage.py"
