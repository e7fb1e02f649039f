"""A page of the report, as its descriptor states it.

Light: the Snakefile imports this module and all descriptors. What a page reads and writes follows
from its descriptor alone, so that one loop makes the rules of all pages.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from vitrine.evaluation.settings import StatisticsSettings
    from vitrine.report.site import Site

PACKAGE = "vitrine.report.pages"
REPORT = Path(__file__).parent
FOLDER = "results/report"

Inputs = dict[str, list[str]]
"""The files that a page reads: lists of paths by a name that its writer knows."""


@dataclass(frozen=True)
class SiteFiles:
    """Where the results of a run lie, for the descriptors of the pages.

    Attributes:
        models: study to scale and seed of each of its models, in the order to show.
        chosen: study to scale and seed of its chosen model. Called only inside an input function,
            because the choice is known only after the models were evaluated.
        methods: the attribution methods that run.
        tuned: those of them whose settings are tuned, with a file ``choice/<method>.json``.
        interactions: whether interactions are computed.
        abilities: ability to the names of its sizes.
        families: family to the names of its models.
        root: the folder of all results.
    """

    models: Mapping[str, Sequence[tuple[str, int]]]
    chosen: Callable[[str], tuple[str, int]]
    methods: Sequence[str] = ()
    tuned: Sequence[str] = ()
    interactions: bool = False
    abilities: Mapping[str, Sequence[str]] = field(default_factory=dict)
    families: Mapping[str, Sequence[str]] = field(default_factory=dict)
    root: str = "results"

    @property
    def studies(self) -> list[str]:
        """The studies, in the order to show."""
        return list(self.models)

    def study_files(self, study: str, *files: str) -> list[str]:
        """Files of a study."""
        return [f"{self.root}/{study}/{file}" for file in files]

    def all_study_files(self, *files: str) -> list[str]:
        """Files of every study."""
        return [path for study in self.studies for path in self.study_files(study, *files)]

    def model_files(self, study: str, *files: str) -> list[str]:
        """Files of every model of a study."""
        folders = [f"{scale}/seed{seed}" for scale, seed in self.models[study]]
        return self.study_files(
            study, *(f"{folder}/{file}" for file in files for folder in folders)
        )

    def chosen_files(self, study: str, *files: str) -> list[str]:
        """Files of the chosen model of a study, once it is known."""
        scale, seed = self.chosen(study)
        return self.study_files(study, *(f"{scale}/seed{seed}/{file}" for file in files))

    def all_chosen_files(self, *files: str) -> list[str]:
        """Files of the chosen model of every study, once they are known."""
        return [path for study in self.studies for path in self.chosen_files(study, *files)]

    def result_files(self, study: str) -> list[str]:
        """The files that `vitrine.report.parts.results.load_results` reads."""
        return [
            *self.study_files(
                study, "chosen.json", "data/datasheet.json", "baseline/evaluation.json"
            ),
            *self.model_files(study, "evaluation.json"),
            *self.chosen_files(
                study,
                "predictions.parquet",
                "faithfulness.parquet",
                "means.parquet",
                "verdict.json",
            ),
        ]

    def all_result_files(self) -> list[str]:
        """The files of every study that `vitrine.report.parts.results.load_results` reads."""
        return [path for study in self.studies for path in self.result_files(study)]

    def ability_files(self, *files: str) -> list[str]:
        """Files of every size of every ability."""
        return [
            f"{self.root}/abilities/{ability}/{size}/{file}"
            for ability, sizes in self.abilities.items()
            for file in files
            for size in sizes
        ]

    def family_files(self, *files: str) -> list[str]:
        """Files of every model of every family."""
        return [
            f"{self.root}/families/{family}/{model}/{file}"
            for family, models in self.families.items()
            for file in files
            for model in models
        ]

    @property
    def ability_analysis(self) -> str:
        """The analysis of all abilities."""
        return f"{self.root}/abilities/emergence.json"

    def family_analyses(self, file: str = "emergence.json") -> list[str]:
        """The analysis of every family, or a file beside it."""
        return [f"{self.root}/families/{family}/{file}" for family in self.families]

    @property
    def study_pages(self) -> list[str]:
        """The pages of all studies; each has read all that its study has."""
        return [f"{self.root}/report/{study}.html" for study in self.studies]


@dataclass(frozen=True)
class PageContext:
    """What the writer of a page is given.

    Attributes:
        site: what the pages share.
        statistics: resamples and confidence of the intervals.
        inputs: the files that the descriptor asked for, under its names.
        root: the folder of all results, with the run records.
        study: whose page it is; empty for a page about all studies.
        config: the whole configuration.
        seed: base seed of the resamples.
    """

    site: "Site"
    statistics: "StatisticsSettings"
    inputs: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    root: Path = Path("results")
    study: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0

    @property
    def confidence(self) -> str:
        """The confidence of the intervals as a percentage, such as ``95%``."""
        return f"{100 * self.statistics.confidence:g}%"

    @property
    def study_folders(self) -> dict[str, Path]:
        """Study to the folder of its results, in the order to show."""
        return {study: self.root / study for study in self.site.studies}


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page, or one for each study; described beside its code in ``pages/<name>/__init__.py``.

    The package holds ``page.py`` with ``write(outputs, context)`` and the template ``page.html``.
    The catalogues call the page ``pages.<name>``.

    Attributes:
        name: of the page's package; a page about all studies is written into ``<name>.html``.
        order: place in the menu.
        scope: "study" for a page per study, "all" for one page about all studies.
        inputs: (files, study) -> the files that it reads; the study is empty for scope "all".
        caption: what Snakemake's report says of it; may hold the wildcard ``{study}``.
        has_figures: whether its charts are written as SVG and PNG too.
        in_menu: whether the menu of all pages leads to it.
        exists: whether a run has this page.
        mem_mb, minutes: what its job asks for; memory of the default run, half as much again.
        further: further outputs by name, as paths below ``results/report`` that may hold the
            wildcard ``{study}``.
    """

    name: str
    order: int
    scope: Literal["study", "all"] = "all"
    inputs: Callable[[SiteFiles, str], Inputs]
    caption: str
    has_figures: bool = True
    in_menu: bool = True
    mem_mb: int = 1200
    minutes: int = 5
    exists: Callable[[SiteFiles], bool] = lambda files: True  # noqa: ARG005
    further: Mapping[str, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The name of its files; of a page per study the wildcard ``{study}``."""
        return "{study}" if self.scope == "study" else self.name

    @property
    def outputs(self) -> dict[str, str]:
        """What its writer writes, as paths with the wildcard ``{study}`` where there is one."""
        paths = {"page": f"{FOLDER}/{self.stem}.html"}
        if self.has_figures:
            paths["figures"] = f"{FOLDER}/figures/{self.stem}"
        return paths | {name: f"{FOLDER}/{path}" for name, path in self.further.items()}

    @property
    def category(self) -> str:
        """Where Snakemake's report lists it."""
        return "{study}" if self.scope == "study" else "All studies"

    @property
    def label(self) -> str:
        """What Snakemake's report calls it within its category."""
        return "page" if self.scope == "study" else self.name

    @property
    def figure_label(self) -> str:
        """What Snakemake's report calls its charts; ``{figure}`` is the name of the file."""
        return "{figure}" if self.scope == "study" else f"{self.name}: {{figure}}"

    @property
    def module(self) -> str:
        """The module of its writer."""
        return f"{PACKAGE}.{self.name}.page"

    @property
    def template(self) -> str:
        """Its template, as `vitrine.report.shell.environment` finds it."""
        return f"{self.name}/page.html"

    @property
    def code(self) -> list[str]:
        """What its result depends on, as `vitrine.code_digest.code_digest` takes it.

        The module of its writer, its own templates and scripts, and those of all pages.
        """
        folders = (
            REPORT / "pages" / self.name,
            REPORT / "templates",
            REPORT / "text" / "languages",
        )
        files = [path for folder in folders for path in folder.glob("*.*") if path.suffix != ".py"]
        return [self.module, *sorted(map(str, files))]

    def write(self, outputs: Mapping[str, Path], context: PageContext) -> None:
        """Write the page.

        Args:
            outputs: the files under the names of the property ``outputs``; without ``figures`` the
                charts are not written as files.
            context: what it is written from.
        """
        importlib.import_module(self.module).write(outputs, context)
