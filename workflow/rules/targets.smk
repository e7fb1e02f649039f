"""Named targets: `snakemake <stage>`, `... <method>`, `... <study>` and `... abilities`.

Each makes that stage, or that method's attributions, for all studies, or everything of one study
or of the abilities.
"""

METHODS = config["explanation"]["methods"]
MODEL_FILES = {
    "attention": ["attention/summary.parquet"],
    "removal": ["choice/removal.json"],
    "tune": ["choice/lime.json"],
    "explain": [f"attributions/{method}.parquet" for method in METHODS],
    "interactions": ["interactions.parquet"],
    "validate": ["faithfulness.parquet"],
    "permuted": ["permuted/permuted.safetensors"],
    "robustness": ["robustness.parquet"],
} | {method: [f"attributions/{method}.parquet"] for method in METHODS}


for stage, pattern in {
    "prepare": "results/{study}/data/datasheet.json",
    "baseline": "results/{study}/baseline/evaluation.json",
    "train": "results/{study}/{scale}/seed{seed}/model.safetensors",
    "whole": f"results/{{study}}/{config['scales'][0]}/seed{config['seeds'][0]}/whole/whole.safetensors",
    "evaluate": "results/{study}/{scale}/seed{seed}/evaluation.json",
    "select": "results/{study}/chosen.json",
    "depth": "results/{study}/depth.parquet",
    "page": "results/report/{study}.html",
    "report": "results/report/index.html",
}.items():

    rule:
        name:
            stage
        input:
            expand(pattern, study=config["studies"], scale=config["scales"], seed=config["seeds"]),


for stage, files in MODEL_FILES.items():

    rule:
        name:
            stage
        input:
            lambda _, files=files: [
                path for study in config["studies"] for path in of_chosen(study, *files)
            ],


for study in config["studies"]:

    rule:
        name:
            study
        input:
            f"results/report/{study}.html",


rule abilities:
    input:
        "results/abilities/emergence.json",
