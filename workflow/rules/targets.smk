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


for stage, of_one in {
    "prepare": lambda study: f"results/{study}/data/datasheet.json",
    "baseline": lambda study: f"results/{study}/baseline/evaluation.json",
    "train": lambda study: of_study(study, "model.safetensors"),
    "whole": lambda study: of_study(study, "whole/whole.safetensors")[:1],
    "evaluate": lambda study: of_study(study, "evaluation.json"),
    "select": lambda study: f"results/{study}/chosen.json",
    "depth": lambda study: f"results/{study}/depth.parquet",
    "page": lambda study: f"results/report/{study}.html",
    "report": lambda _: SITE_PAGES,
}.items():

    rule:
        name:
            stage
        input:
            [of_one(study) for study in config["studies"]],


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
