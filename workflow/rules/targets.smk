"""Named targets: `snakemake <stage>`, `... <method>`, `... <study>`, `... abilities` and `... families`.

Each makes that stage, or that method's attributions, for all studies, or everything of one study,
of the abilities or of the families.
"""

from vitrine.stages.registry import STAGES


def target_files(target):
    """The files that a target makes of every study, as a function of no wildcards."""
    if target.scope == "chosen":
        return lambda _: [
            path
            for study in PLAN.studies
            for path in chosen_files(study, *PLAN.target_files(study, target))
        ]
    return [path for study in PLAN.studies for path in PLAN.target_files(study, target)]


for name, target in PLAN.targets().items():

    rule:
        name:
            name
        input:
            target_files(target),


for study in PLAN.studies:

    rule:
        name:
            study
        input:
            f"results/report/{study}.html",


rule abilities:
    input:
        "results/abilities/emergence.json",


rule families:
    input:
        [f"results/families/{family}/emergence.json" for family in PLAN.families],
