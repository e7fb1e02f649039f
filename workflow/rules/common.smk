"""What the rules share: names that wildcards may take, folders, and digests of code."""

from vitrine.config_abilities import ABILITIES, sizes
from vitrine.files import files_below, read_json
from vitrine.provenance import code_digest
from vitrine.resources import Requests, cards

REQUESTS = Requests(config)
# Whether results of other runs are looked for (`--cache`).
REUSE = workflow.workflow_settings.cache is not None
SIZES = {name: sizes(config["abilities"][name]) for name in config["abilities"]["run"]}


# A card of this machine is given to one job at a time. Those of a cluster are the scheduler's.
if workflow.is_main_process and cards() and workflow.resource_settings.nodes is None:
    workflow.global_resources.setdefault("gpu", cards())


wildcard_constraints:
    study="|".join(config["definitions"]),
    scale="|".join(config["architectures"]),
    seed=r"\d+",
    method="|".join(settings.METHODS),
    ability="|".join(ABILITIES),
    size=r"[a-z0-9.-]+",


pathvars:
    data="results/{study}/data",
    baseline="results/{study}/baseline",
    model="results/{study}/{scale}/seed{seed}",
    logs="logs/{study}/{scale}/seed{seed}",
    ability="results/abilities/{ability}/{size}",


def code(stage, *modules):
    """Digest of the code behind a stage: its script and all of the library that it imports."""
    return code_digest(os.path.join(LIBRARY, "scripts", f"{stage}.py"), *modules)


def wildcards_of(wildcards):
    """What tells a job from others of its rule, for results that are found again (`--cache`).

    Snakemake looks for a result by the code, the parameters and what the inputs were made from,
    and not by the wildcards, which most scripts read too.
    """
    return dict(wildcards.items())


def own_files(wildcards):
    """The files of a user's study that are there; others are fetched."""
    data = config["definitions"][wildcards.study]["data"]
    if data is None or not os.path.exists(data["file"]):
        return [data["file"]] if data and data["url"] is None else []
    return files_below(data["file"])


def of_background(*files):
    """Files that explanations read only where training rows stand in for removed players."""
    return list(files) if config["explanation"]["removal"] == "background" else []


# Whether there is a LIME to tune.
LIME = "lime" in config["explanation"]["methods"]


def of_tuning(*files):
    """Files of the model's tuning that the explanations of a tuned method read."""
    model = "results/{study}/{scale}/seed{seed}"
    return lambda wildcards: (
        [f"{model}/{file}".format(**wildcards) for file in files]
        if wildcards.method == "lime"
        else []
    )


def of_dropping(file):
    """That file of the study's first model, where it is trained once more without token dropping."""
    first = f"results/{{study}}/{config['scales'][0]}/seed{config['seeds'][0]}/{file}"
    return lambda wildcards: (
        [first.format(study=wildcards.study)]
        if config["definitions"][wildcards.study]["compare_dropping"]
        else []
    )


def of_chosen(study, *files):
    """Paths of files of the study's chosen model, once it is known."""
    choice = read_json(checkpoints.select_model.get(study=study).output[0])
    return expand(
        "results/{study}/{scale}/seed{seed}/{file}",
        study=study,
        file=files,
        scale=choice["scale"],
        seed=choice["seed"],
    )


def of_ability(name, file):
    """A file of every size of an ability."""
    return expand(
        "results/abilities/{ability}/{size}/{file}",
        ability=name,
        size=SIZES[name],
        file=file,
    )


def of_size(wildcards):
    """The settings of one size."""
    return sizes(config["abilities"][wildcards.ability])[wildcards.size]
