"""Abilities whose optimum theory knows: trained over ladders of sizes and seeds.

Needs: nothing; the tasks are generated.
Makes: results/abilities/<ability>/<size>/{ability.json,curves.parquet,evaluation.parquet,
       mechanism.parquet,checkpoints} and results/abilities/emergence.json.
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
    threads: 1
    resources:
        mem_mb=2000,
    params:
        settings=of_size,
        measurements=lookup("abilities/measurements", within=config),
        final_predictions=lookup("abilities/final_predictions", within=config),
        code=code("ability"),
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
    threads: 1
    resources:
        mem_mb=1000,
    params:
        statistics=lookup("statistics", within=config),
        success=lookup("abilities/success", within=config),
        code=code("emergence"),
    message:
        "abilities: breakpoints, success rates, fits and verdicts"
    script:
        "../scripts/emergence.py"
