"""What the rules share: names that wildcards may take, folders, and files of the plan."""

from vitrine.emergence.registry import ABILITIES
from vitrine.attribution.registry import METHODS
from vitrine.files import read_json
from vitrine.workflow.plan import Plan, any_of, files_of
from vitrine.workflow.resources import gpus

PLAN = Plan(config)
# Whether results of other runs are looked for (`--cache`).
REUSE = workflow.workflow_settings.cache is not None


# A GPU of this machine is given to one job at a time. Those of a cluster are the scheduler's.
if workflow.is_main_process and gpus() and workflow.resource_settings.nodes is None:
    workflow.global_resources.setdefault("gpu", gpus())


wildcard_constraints:
    study=any_of(config["definitions"]),
    scale=any_of([*config["architectures"], *config["pretrained"]]),
    seed=r"\d+",
    method=any_of(METHODS),
    ability=any_of(ABILITIES),
    size=r"[a-z0-9.-]+",
    family=any_of(config["families"]),
    member=r"[a-z][a-z0-9_-]*",


pathvars:
    data="results/{study}/data",
    baseline="results/{study}/baseline",
    model="results/{study}/{scale}/seed{seed}",
    logs="logs/{study}/{scale}/seed{seed}",
    ability="results/abilities/{ability}/{size}",
    member="results/families/{family}/{member}",


def chosen_model(study):
    """Scale and seed of the study's chosen model, once it is known."""
    choice = read_json(checkpoints.select_model.get(study=study).output.choice)
    return choice["scale"], choice["seed"]


def chosen_files(study, *files):
    """Paths of files of the study's chosen model."""
    return files_of(study, *chosen_model(study), *files)


def target_files(target):
    """The files that a target makes of every study, as a function of no wildcards."""
    if target.scope == "chosen":
        return lambda _: [
            path
            for study in PLAN.studies
            for path in chosen_files(study, *PLAN.target_files(study, target))
        ]
    return [path for study in PLAN.studies for path in PLAN.target_files(study, target)]


def page_outputs(page):
    """The outputs of a page, and how Snakemake's own report shows them."""
    outputs = dict(page.outputs)
    outputs["page"] = report(
        outputs["page"],
        caption="../report/page.rst",
        category=page.category,
        labels={"what": page.label},
    )
    if page.has_figures:
        outputs["figures"] = report(
            directory(outputs["figures"]),
            patterns=["{figure}.svg"],
            caption="../report/chart.rst",
            category=page.category,
            labels={"what": page.figure_label},
        )
    return outputs
