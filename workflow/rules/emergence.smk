"""Abilities whose optimum theory knows: trained over ladders of sizes and seeds.

Needs: nothing; the tasks are generated.
Makes: results/abilities/<ability>/<size>/{ability.json,curves.parquet,evaluation.parquet,
       mechanism.parquet,checkpoints}.
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
