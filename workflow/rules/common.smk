"""What the rules share: names that wildcards may take, folders, and digests of code."""

import functools

from vitrine.config.names import METHODS
from vitrine.emergence.registry import ABILITIES
from vitrine.models.pretrained.settings import PACKAGE
from vitrine.files import files_below, read_json
from vitrine.code_digest import code_digest, package_version
from vitrine.resources import Requests, cards

REQUESTS = Requests(config)
# Whether results of other runs are looked for (`--cache`).
REUSE = workflow.workflow_settings.cache is not None
SIZES = {
    name: ABILITIES[name].settings.sizes(config["abilities"][name])
    for name in config["abilities"]["run"]
}


# A card of this machine is given to one job at a time. Those of a cluster are the scheduler's.
if workflow.is_main_process and cards() and workflow.resource_settings.nodes is None:
    workflow.global_resources.setdefault("gpu", cards())


wildcard_constraints:
    study="|".join(config["definitions"]),
    scale="|".join([*config["architectures"], *config["pretrained"]]),
    seed=r"\d+",
    method="|".join(METHODS),
    ability="|".join(ABILITIES),
    size=r"[a-z0-9.-]+",
    family="|".join(config["families"]) or "none",
    member=r"[a-z][a-z0-9_-]*",


pathvars:
    data="results/{study}/data",
    baseline="results/{study}/baseline",
    model="results/{study}/{scale}/seed{seed}",
    logs="logs/{study}/{scale}/seed{seed}",
    ability="results/abilities/{ability}/{size}",
    member="results/families/{family}/{member}",


@functools.cache
def code(stage, *modules):
    """Digest of the code behind a stage: its script and all of the library that it imports."""
    return code_digest(os.path.join(LIBRARY, "scripts", f"{stage}.py"), *modules)


def of_definition(*keys):
    """A setting of the job's study. `lookup` would search the whole configuration for each job."""

    def setting(wildcards):
        found = config["definitions"][wildcards.study]
        for key in keys:
            found = found[key]
        return found

    return setting


def wildcards_of(wildcards):
    """What tells a job from others of its rule, for results that are found again (`--cache`).

    Snakemake looks for a result by the code, the parameters and what the inputs were made from,
    and not by the wildcards, which most scripts read too.
    """
    return dict(wildcards.items())


# What runs pretrained models. No stage imports it by name, so that those who have none of them do
# not depend on it.
ADAPTER = ["vitrine.models.pretrained.adapter", "vitrine.models.pretrained.describe"]


def model_code(stage, *modules):
    """As `code`, and of the adapter too in studies that have a pretrained model."""

    def digest(wildcards):
        models = {*scales(wildcards.study), wildcards.get("scale")}
        adapted = not models.isdisjoint(config["pretrained"])
        return code(stage, *modules, *(ADAPTER if adapted else []))

    return digest


def scales(study):
    """The models of a study."""
    return config["definitions"][study]["scales"] or config["scales"]


def seeds(study):
    """The training seeds of a study."""
    return config["definitions"][study]["seeds"] or config["seeds"]


def of_models(*files):
    """Files of every model of the study."""
    return lambda wildcards: of_study(wildcards.study, *files)


def of_study(study, *files):
    """Paths of files of every model of a study."""
    return expand(
        "results/{study}/{scale}/seed{seed}/{file}",
        study=study,
        file=files,
        scale=scales(study),
        seed=seeds(study),
    )


def of_scale(wildcards):
    """What a model is: the size of one of ours, or what is said of a pretrained one."""
    if wildcards.scale in config["architectures"]:
        return config["architectures"][wildcards.scale]
    settings = config["pretrained"][wildcards.scale]
    version = package_version(settings["model"].removeprefix(PACKAGE))
    return settings | {"version": version}


def of_folder(wildcards):
    """The files of a pretrained model that lies in a local folder."""
    model = config["pretrained"].get(wildcards.scale, {"model": ""})["model"]
    return files_below(model) if os.path.isdir(model) else []


def own_files(wildcards):
    """The files of a user's study that are there; others, and what is on the Hub, are fetched."""
    data = config["definitions"][wildcards.study]["data"]
    if data is None or data["file"] is None:
        return []
    if not os.path.exists(data["file"]):
        return [data["file"]] if data["url"] is None else []
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
    return lambda wildcards: (
        of_study(wildcards.study, file)[:1]
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
    sizes = ABILITIES[wildcards.ability].settings.sizes(config["abilities"][wildcards.ability])
    return sizes[wildcards.size].plain()


def of_family(family, *files):
    """Files of every model of a family."""
    return expand(
        "results/families/{family}/{member}/{file}",
        family=family,
        member=config["families"][family]["models"],
        file=files,
    )


def family_study(wildcards):
    """The prepared data of the study of a family."""
    study = config["families"][wildcards.family]["study"]
    return {
        "train": f"results/{study}/data/train.parquet",
        "test": f"results/{study}/data/test.parquet",
        "encoding": f"results/{study}/data/encoding.json",
    }


def member(wildcards):
    """What is said of a model of a family, with the version of the package that ships it."""
    settings = config["families"][wildcards.family]["models"][wildcards.member]
    name = settings["model"] or ""
    return settings | {"version": package_version(name.removeprefix(PACKAGE)) if name else None}


def asked(wildcards):
    """What the models of a family are asked."""
    family = config["families"][wildcards.family]
    return {key: value for key, value in family.items() if key != "models"}


def of_member(wildcards):
    """The files of a model of a family: those that we train, or those of a local folder."""
    model = config["families"][wildcards.family]["models"][wildcards.member]["model"]
    if model is None:
        return f"results/families/{wildcards.family}/{wildcards.member}/transformers"
    return files_below(model) if os.path.isdir(model) else []
