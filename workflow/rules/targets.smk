"""Named targets: `snakemake <stage>`, `... <method>`, `... <study>`, `... abilities` and `... families`.

Each makes that stage, or that method's attributions, for all studies, or everything of one study,
of the abilities or of the families.
"""

from vitrine.workflow.registry import STAGES

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
