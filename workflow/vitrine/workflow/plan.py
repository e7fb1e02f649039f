"""What the rules take from the configuration: files, parameters, resources and code of stages.

Light, like everything that the Snakefile imports. A function of a job's wildcards is what Snakemake
calls for every job; what does not depend on them is computed once.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from vitrine.attribution.registry import METHODS
from vitrine.code_digest import code_digest
from vitrine.emergence.registry import ABILITIES
from vitrine.files import files_below
from vitrine.models.pretrained.settings import PACKAGE
from vitrine.reads import keys_of, lookup, param_path
from vitrine.report.page import Page, SiteFiles
from vitrine.report.pages.registry import existing_pages
from vitrine.section import Section
from vitrine.stages.stage import Config, Target
from vitrine.workflow.registry import STAGES
from vitrine.workflow.resources import Requests

Files = Callable[[Any], list[str]]

# What runs pretrained models. No stage imports it by name, so that studies without one do not
# depend on it.
ADAPTER = ("vitrine.models.pretrained.adapter", "vitrine.models.pretrained.describe")


class Plan:
    """The configuration as the rules see it.

    Args:
        config: the whole configuration.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.studies: list[str] = config["studies"]
        self.families: Mapping[str, Any] = config["families"]
        self.methods: list[str] = config["explanation"]["methods"]
        self.sizes = {name: self._sizes(name) for name in config["abilities"]["run"]}
        self.requests = Requests(config)
        # Where the results lie, for all that does not ask for the chosen models.
        self._site = self.site_files(_unknown)
        self.pages: list[Page] = existing_pages(self._site)
        self._sections: dict[str, Callable[[Any], Any]] = {
            "study": lambda wildcards: config["definitions"][wildcards.study],
            "scale": self._scale,
            "ability": lambda wildcards: self._sizes(wildcards.ability)[wildcards.size],
            "family": lambda wildcards: self._family(wildcards, self._family_model(wildcards)),
            "trained": lambda wildcards: self._family(
                wildcards, {"train": self._family_model(wildcards)["train"]}
            ),
            "method": lambda wildcards: config["explanation"].get(wildcards.method, {}),
            "site": lambda _: {
                "studies": self.studies,
                "pages": [page.name for page in self.pages],
                "language": config["report"]["language"],
            },
            "methods": lambda _: {
                name: config["explanation"].get(name, {}) for name in self.methods
            },
        }

    # What a stage reads, costs and runs.

    def params(self, stage: str, **labels: str) -> dict[str, Any]:
        """The parameters of a stage's rule: what it reads, its code, and which job it is.

        Args:
            stage: its name.
            labels: what tells the jobs of several rules of one stage apart, such as ``page``.
        """
        keys = list(keys_of(STAGES[stage].settings))
        parameters: dict[str, Any] = {
            "job": lambda wildcards: {"stage": stage} | labels | dict(wildcards.items()),
            "code": self.code(stage, labels),
        }
        for name in dict.fromkeys(param_path(path)[0] for path, _ in keys):
            own = [(path, kind) for path, kind in keys if param_path(path)[0] == name]
            function = functools.partial(self._parameter, own)
            of_job = any(path.split(".")[0] in self._sections for path, _ in own)
            parameters[name] = function if of_job else function(None)
        return parameters

    def _parameter(self, keys: Iterable[tuple[str, type[Section] | None]], wildcards: Any) -> Any:
        """The value of one parameter: of a section only the keys that are read."""
        result: Any = {}
        for path, kind in keys:
            first, *rest = path.split(".")
            sections = self._sections
            start = sections[first](wildcards) if first in sections else self.config[first]
            value = lookup(start, rest)
            if kind is not None and isinstance(value, Mapping):
                value = {name: value[name] for name in kind.model_fields}
            place = param_path(path)[1:]
            if not place and not isinstance(value, Mapping):
                return value
            if not place:
                result = {**value, **result}
                continue
            inner = result
            for name in place[:-1]:
                inner = inner.setdefault(name, {})
            if isinstance(value, Mapping) and isinstance(inner.get(place[-1]), dict):
                value = inner[place[-1]] | value
            inner[place[-1]] = value
        return result

    def resources(self, stage: str) -> dict[str, Any]:
        """Memory in MB, minutes and GPUs."""
        return self.requests.of(stage)

    def threads(self, stage: str) -> Any:
        """Processor cores, as a function of the wildcards."""
        return self.requests.threads(stage)

    def code(self, stage: str, labels: Mapping[str, str] | None = None) -> Callable[[Any], str]:
        """The digest of the code behind a stage: its module and all that it imports."""
        described = STAGES[stage]

        def digest(wildcards: Any) -> str:
            named = dict(wildcards.items()) | dict(labels or {})
            models = self._pretrained(named) if described.cost.model else []
            adapter = ADAPTER if models and "study" in named else ()
            parts = (described.module, *described.code(self.config, named), *adapter)
            return _digest(parts, tuple(model.removeprefix(PACKAGE) for model in models))

        return digest

    def _pretrained(self, wildcards: Mapping[str, str]) -> list[str]:
        """The pretrained models that a job may run, as the configuration names them."""
        if "member" in wildcards:
            model = self.families[wildcards["family"]]["models"][wildcards["member"]]["model"]
            return [model] if model else []
        if "study" not in wildcards:
            return []
        scales = {*self.scales(wildcards["study"]), wildcards.get("scale")}
        entries = self.config["pretrained"]
        return [entries[name]["model"] for name in entries if name in scales]

    def _scale(self, wildcards: Any) -> Any:
        """What a model is: the size of one of ours, or the entry of a pretrained one."""
        name = wildcards.scale
        known = self.config["architectures"]
        return known[name] if name in known else self.config["pretrained"][name]

    def _family(self, wildcards: Any, model: Mapping[str, Any]) -> dict[str, Any]:
        """The section of a family with one of its models only."""
        return {**self.families[wildcards.family], "models": {wildcards.member: model}}

    def _family_model(self, wildcards: Any) -> Any:
        return self.families[wildcards.family]["models"][wildcards.member]

    # Studies and their models.

    def scales(self, study: str) -> list[str]:
        """The models of a study."""
        return self.config["definitions"][study]["scales"] or self.config["scales"]

    def seeds(self, study: str) -> list[int]:
        """The training seeds of a study."""
        return self.config["definitions"][study]["seeds"] or self.config["seeds"]

    def model_files(self, study: str, *files: str) -> list[str]:
        """Paths of files of every model of a study."""
        return [
            path
            for scale in self.scales(study)
            for seed in self.seeds(study)
            for path in files_of(study, scale, seed, *files)
        ]

    def of_models(self, *files: str) -> Files:
        """Files of every model of the job's study."""
        return lambda wildcards: self.model_files(wildcards.study, *files)

    def of_siblings(self, file: str) -> Files:
        """A file of the models of every seed of the job's study and scale."""
        return lambda wildcards: [
            path
            for seed in self.seeds(wildcards.study)
            for path in files_of(wildcards.study, wildcards.scale, seed, file)
        ]

    def of_dropping(self, file: str) -> Files:
        """A file of the study's first model, where it is also trained without token dropping."""
        return lambda wildcards: (
            self.model_files(wildcards.study, file)[:1]
            if self.config["definitions"][wildcards.study]["compare_dropping"]
            else []
        )

    def own_files(self, wildcards: Any) -> list[str]:
        """The files of a user's study that are there; others, and the Hub's, are fetched."""
        data = self.config["definitions"][wildcards.study]["data"]
        if data is None or data["file"] is None:
            return []
        if not Path(data["file"]).exists():
            return [data["file"]] if data["url"] is None else []
        return files_below(data["file"])

    def pretrained_folder(self, wildcards: Any) -> list[str]:
        """The files of a pretrained model that lies in a local folder."""
        settings = self.config["pretrained"].get(wildcards.scale)
        if settings is None or not Path(settings["model"]).is_dir():
            return []
        return files_below(settings["model"])

    # Explanations.

    def background(self, file: str) -> list[str]:
        """A file that is read only where training rows stand in for removed features."""
        return [file] if self.config["explanation"]["removal"] == "background" else []

    def method_files(self, folder: str, *more: str) -> list[str]:
        """A table of every method, and of further names, in a folder of a model."""
        return [f"<model>/{folder}/{name}.parquet" for name in [*self.methods, *more]]

    @property
    def tuned(self) -> list[str]:
        """The configured methods whose settings are chosen on validation."""
        return [name for name in self.methods if METHODS[name].tuned_on_validation]

    def coalition_files(self) -> list[str]:
        """The evaluated coalitions of all methods and, where a method is tuned, of its tuning."""
        return self.method_files("coalitions", *(["tune"] if self.tuned else []))

    def of_tuning(self, *files: str) -> Files:
        """Files of the model's tuning that the explanations of a tuned method read."""
        return lambda wildcards: (
            files_of(wildcards.study, wildcards.scale, wildcards.seed, *files)
            if METHODS[wildcards.method].tuned_on_validation
            else []
        )

    # Pages.

    def site_files(self, chosen: Callable[[str], tuple[str, int]]) -> SiteFiles:
        """Where the results lie, for the descriptors of pages.

        Args:
            chosen: scale and seed of a study's chosen model, once it is known.
        """
        return SiteFiles(
            models={
                study: [(scale, seed) for scale in self.scales(study) for seed in self.seeds(study)]
                for study in self.studies
            },
            chosen=chosen,
            methods=self.methods,
            tuned=self.tuned,
            interactions=self.config["explanation"]["interactions"],
            abilities={ability: list(sizes) for ability, sizes in self.sizes.items()},
            families={name: list(family["models"]) for name, family in self.families.items()},
        )

    def page_inputs(
        self, page: Page, chosen: Callable[[str], tuple[str, int]]
    ) -> Callable[[Any], dict[str, list[str]]]:
        """The files that a page reads, as a function of the wildcards."""
        files = self.site_files(chosen)
        return lambda wildcards: page.inputs(files, wildcards.get("study", ""))

    def page_params(self, page: Page) -> dict[str, Any]:
        """The parameters of the rule of a page."""
        params = (
            self.params("page") if page.scope == "study" else self.params("report", page=page.name)
        )
        return params | {"caption": page.caption}

    def page_resources(self, page: Page) -> dict[str, int]:
        """Memory in MB and minutes that the job of a page asks for."""
        return {"mem_mb": page.mem_mb, "runtime": page.minutes}

    @property
    def site_pages(self) -> list[str]:
        """The pages about all studies; what a whole run makes."""
        return [page.outputs["page"] for page in self.pages if page.scope == "all"]

    # Named targets.

    def targets(self) -> dict[str, Target]:
        """What ``snakemake <name>`` makes: of stages, and of methods their attributions."""
        stages = {name: stage.target for name, stage in STAGES.items() if stage.target}
        stages["report"] = Target("report", tuple(Path(page).name for page in self.site_pages))
        return stages | {
            method: Target("chosen", (f"attributions/{method}.parquet",)) for method in self.methods
        }

    def target_files(self, study: str, target: Target) -> list[str]:
        """The files of a target of one study; of the chosen model relative to its folder."""
        files = [
            file.format(method=method, study=study)
            for file in target.files
            for method in (self.methods if "{method}" in file else [""])
        ]
        if target.scope == "models":
            return self.model_files(study, *files)
        if target.scope == "first":
            return self.model_files(study, *files)[: len(files)]
        folder = {"study": f"results/{study}/", "report": "results/report/", "chosen": ""}
        return [folder[target.scope] + file for file in files]

    # Abilities and families.

    def _sizes(self, ability: str) -> dict[str, dict[str, Any]]:
        """The settings of every size of an ability, as plain values."""
        sizes = ABILITIES[ability].settings.sizes(self.config["abilities"][ability])
        return {name: size.plain() for name, size in sizes.items()}

    def ability_files(self, file: str) -> list[str]:
        """A file of every size of every ability that is run."""
        return self._site.ability_files(file)

    def family_files(self, family: str, *files: str) -> list[str]:
        """Files of every model of a family."""
        return [
            f"results/families/{family}/{model}/{file}"
            for file in files
            for model in self.families[family]["models"]
        ]

    def of_family(self, *files: str) -> Files:
        """Files of every model of the job's family."""
        return lambda wildcards: self.family_files(wildcards.family, *files)

    def family_study(self, wildcards: Any) -> dict[str, str]:
        """The prepared data of the study of a family."""
        data = f"results/{self.families[wildcards.family]['study']}/data"
        return {
            "train": f"{data}/train.parquet",
            "test": f"{data}/test.parquet",
            "encoding": f"{data}/encoding.json",
        }

    def family_model(self, wildcards: Any) -> list[str]:
        """The files of a model of a family: of one that is trained here, or of a local folder."""
        model = self._family_model(wildcards)["model"]
        if model is None:
            return [f"results/families/{wildcards.family}/{wildcards.member}/transformers"]
        return files_below(model) if Path(model).is_dir() else []


def files_of(study: str, scale: str, seed: int | str, *files: str) -> list[str]:
    """Paths of files of one model of a study."""
    return [f"results/{study}/{scale}/seed{seed}/{file}" for file in files]


def _unknown(study: str) -> tuple[str, int]:
    """Stands for the chosen model where none is known yet."""
    raise KeyError(study)


@functools.cache
def _digest(parts: tuple[str, ...], packages: tuple[str, ...]) -> str:
    return code_digest(*parts, packages=packages)


def any_of(names: Iterable[str]) -> str:
    """A wildcard constraint that allows just these names; none of them, where there are none."""
    return "|".join(names) or "none"
