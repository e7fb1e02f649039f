"""Checks across sections: undefined names, small budgets, missing files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vitrine.attribution.method import Budget
from vitrine.attribution.registry import METHODS
from vitrine.config.errors import Problem, choice
from vitrine.config.root import Config
from vitrine.data.domains.domain import Domain
from vitrine.data.domains.registry import DOMAINS
from vitrine.data.own_data import BRACES, is_plain
from vitrine.data.settings import OWN_SOURCES
from vitrine.data.sources.registry import SOURCES
from vitrine.files import files_below
from vitrine.models.pretrained.settings import missing


def unknown_names(given: dict[str, Any]) -> Iterator[Problem]:
    """Names to run that are not defined; reported even if other keys are wrong."""
    defined = {
        table: given.get(table, Config.model_fields[table].default)
        for table in ("architectures", "pretrained", "definitions")
    }
    if not all(isinstance(table, dict) for table in defined.values()):
        return
    studies = given.get("studies", Config.model_fields["studies"].default)
    yield from _unknown(("studies",), studies, defined["definitions"], "`definitions`")
    models = {**defined["architectures"], **defined["pretrained"]}
    of_all = given.get("scales", Config.model_fields["scales"].default)
    where = "`architectures` or `pretrained`"
    yield from _unknown(("scales",), of_all, models, where)
    for name in studies if isinstance(studies, list) else []:
        study = defined["definitions"].get(name) if isinstance(name, str) else None
        if isinstance(study, dict):
            yield from _unknown(("definitions", name, "scales"), study.get("scales"), models, where)
    for name in defined["pretrained"]:
        if name in defined["architectures"]:
            yield Problem(("pretrained", name), "`architectures` has this name too; choose another")


def _unknown(
    keys: tuple[str, ...], names: Any, defined: dict[str, Any], where: str
) -> Iterator[Problem]:
    for index, name in enumerate(names if isinstance(names, list) else []):
        if isinstance(name, str) and name not in defined:
            advice = choice(name, [str(key) for key in defined])
            yield Problem((*keys, index), f"`{name}` is not in {where}. {advice}")


def unsuited_pretrained(config: Config) -> Iterator[Problem]:
    """Pretrained models to run that are missing or do not support the domain of their study."""
    used: dict[str, None] = {}
    suited = [domain.name for domain in DOMAINS.values() if domain.pretrained is not None]
    for name in config.studies:
        study = config.definitions[name]
        for index, scale in enumerate(study.scales or config.scales):
            if scale not in config.pretrained:
                continue
            used[scale] = None
            if study.domain not in suited:
                keys = ("scales",) if study.scales is None else ("definitions", name, "scales")
                yield Problem(
                    (*keys, index),
                    f"Pretrained models support the domains {', '.join(suited)}, and the domain of "
                    f"`{name}` is {study.domain}. Give this study its own `scales`.",
                )
    for scale in used:
        advice = missing(config.pretrained[scale].model)
        if advice is not None:
            yield Problem(("pretrained", scale, "model"), advice)


def unsuited_families(config: Config) -> Iterator[Problem]:
    """Families whose study is unknown or has no texts, and models of families that are missing."""
    for name, family in config.families.items():
        study = config.definitions.get(family.study)
        if study is None:
            advice = choice(family.study, list(config.definitions))
            advice = f"`{family.study}` is not in `definitions`. {advice}"
            yield Problem(("families", name, "study"), advice)
        elif not DOMAINS[study.domain].language_models:
            advice = f"Language models need texts, and `{family.study}` has none ({study.domain})."
            yield Problem(("families", name, "study"), advice)
        for key, member in family.models.items():
            lacking = missing(member.model) if member.model is not None else None
            if lacking is not None:
                yield Problem(("families", name, "models", key, "model"), lacking)


def small_budgets(config: Config) -> Iterator[Problem]:
    """Budgets that are too small for the longest instance of a study."""
    for method in config.explanation.methods:
        budget, settings = METHODS[method].budget, config.explanation.of_method(method)
        if budget is not None and budget.beyond_players is not None:
            yield from _small_budget(config, method, budget, getattr(settings, budget.setting))


def _small_budget(config: Config, method: str, budget: Budget, units: int) -> Iterator[Problem]:
    """Studies whose longest instance needs more units of a method's budget than there are."""
    least = budget.beyond_players or 0
    for name in config.studies:
        study = config.definitions[name]
        if study.source in OWN_SOURCES and DOMAINS[study.domain].fixed_players:
            # The number of features is known when the file is read.
            continue
        source = SOURCES.get(study.source)
        players = source.players if source is not None and source.players else study.players
        if units < players + least:
            advice = f"`{name}` has up to {players} features: set {players + least} or more."
            yield Problem(("explanation", method, budget.setting), advice)


def unsuited_removal(given: dict[str, Any]) -> Iterator[Problem]:
    """Background removal where it does not suit; reported even if other keys are wrong."""
    explanation = given.get("explanation")
    if not isinstance(explanation, dict) or explanation.get("removal") != "background":
        return
    studies = given.get("studies", Config.model_fields["studies"].default)
    definitions = given.get("definitions")
    if not isinstance(studies, list) or not isinstance(definitions, dict):
        return
    domains = {
        name: _domain_given(definitions.get(name)) for name in studies if isinstance(name, str)
    }
    others = [
        name
        for name, domain in domains.items()
        if domain is not None and "background" not in domain.removals
    ]
    if others:
        suited = [name for name, domain in DOMAINS.items() if "background" in domain.removals]
        yield Problem(
            ("explanation", "removal"),
            f"Only studies of the domain {', '.join(suited)} support `background`, and these are "
            f"of other domains: {', '.join(others)}. Use `absent` or `mask`, or select studies "
            "with `studies`.",
        )


def _domain_given(study: Any) -> Domain | None:
    """The domain of a study before it is checked; None if it is unknown."""
    if not isinstance(study, dict):
        return None
    if study.get("source") in OWN_SOURCES:
        data = study.get("data")
        return DOMAINS.get(str(data.get("domain"))) if isinstance(data, dict) else None
    source = SOURCES.get(str(study.get("source")))
    return DOMAINS[source.domain] if source is not None else None


def own_files(config: Config) -> Iterator[Problem]:
    """Files of studies to run that do not exist, or whose names Snakemake would misread."""
    of_families = [family.study for family in config.families.values()]
    defined = [name for name in of_families if name in config.definitions]
    for name in dict.fromkeys([*config.studies, *defined]):
        data = config.definitions[name].data
        if data is None or data.file is None:
            continue
        for path in files_below(data.file):
            if not is_plain(path):
                yield Problem(("definitions", name, "data", "file"), f"`{path}`: {BRACES}.")
                break
        if data.url is not None or Path(data.file).exists():
            continue
        folder = Path(data.file).parent
        beside = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        advice = (
            choice(Path(data.file).name, beside).replace("Allowed", f"In {folder} there are")
            if beside
            else f"The folder {folder} is empty or missing."
        )
        advice = f"There is no such file or folder. {advice}"
        yield Problem(("definitions", name, "data", "file"), advice)
