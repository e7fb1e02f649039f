"""Checks across sections: undefined names, small budgets, missing files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vitrine.config.errors import Problem, choice
from vitrine.config.root import Config
from vitrine.config.study import DOMAINS, FIXED_PLAYERS, OWN
from vitrine.models.pretrained.settings import DOMAINS as PRETRAINED_DOMAINS
from vitrine.models.pretrained.settings import missing


def unknown_names(given: dict[str, Any]) -> Iterator[Problem]:
    """Names to run that are not defined; reported even if other keys are wrong."""
    known = {
        table: given.get(table, Config.model_fields[table].default)
        for table in ("architectures", "pretrained", "definitions")
    }
    if not all(isinstance(table, dict) for table in known.values()):
        return
    studies = given.get("studies", Config.model_fields["studies"].default)
    yield from _unknown(("studies",), studies, known["definitions"], "`definitions`")
    models = {**known["architectures"], **known["pretrained"]}
    of_all = given.get("scales", Config.model_fields["scales"].default)
    where = "`architectures` or `pretrained`"
    yield from _unknown(("scales",), of_all, models, where)
    for name in studies if isinstance(studies, list) else []:
        study = known["definitions"].get(name) if isinstance(name, str) else None
        if isinstance(study, dict):
            yield from _unknown(("definitions", name, "scales"), study.get("scales"), models, where)
    for name in known["pretrained"]:
        if name in known["architectures"]:
            yield Problem(("pretrained", name), "`architectures` has this name too; choose another")


def _unknown(
    keys: tuple[str, ...], wanted: Any, known: dict[str, Any], where: str
) -> Iterator[Problem]:
    for index, name in enumerate(wanted if isinstance(wanted, list) else []):
        if isinstance(name, str) and name not in known:
            advice = choice(name, [str(key) for key in known])
            yield Problem((*keys, index), f"`{name}` is not in {where}. {advice}")


def unsuited_pretrained(config: Config) -> Iterator[Problem]:
    """Pretrained models to run that are missing or do not support the domain of their study."""
    used: dict[str, None] = {}
    for study in config.studies:
        own = config.definitions[study]
        of_study = own.scales is not None
        for index, scale in enumerate(own.scales or config.scales):
            if scale not in config.pretrained:
                continue
            used[scale] = None
            if own.domain not in PRETRAINED_DOMAINS:
                keys = ("definitions", study, "scales") if of_study else ("scales",)
                yield Problem(
                    (*keys, index),
                    f"Pretrained models support texts and images, and `{study}` is neither "
                    f"({own.domain}). Give this study its own `scales`.",
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
        elif study.domain != "text":
            advice = f"Language models need texts, and `{family.study}` has none ({study.domain})."
            yield Problem(("families", name, "study"), advice)
        for key, member in family.models.items():
            lacking = missing(member.model) if member.model is not None else None
            if lacking is not None:
                yield Problem(("families", name, "models", key, "model"), lacking)


def small_budgets(config: Config) -> Iterator[Problem]:
    """Budgets that are too small for the longest instance of a study."""
    if "shap" not in config.explanation.methods:
        return
    for name in config.studies:
        study = config.definitions[name]
        if study.source in OWN and study.domain in ("table", "image"):
            # The number of features is known when the file is read.
            continue
        players = FIXED_PLAYERS.get(study.source, study.players)
        if config.explanation.shap.evaluations < players + 2:
            advice = f"`{name}` has up to {players} features: set {players + 2} or more."
            yield Problem(("explanation", "shap", "evaluations"), advice)


def unsuited_removal(given: dict[str, Any]) -> Iterator[Problem]:
    """Background removal for studies without tables; reported even if other keys are wrong."""
    explanation = given.get("explanation")
    if not isinstance(explanation, dict) or explanation.get("removal") != "background":
        return
    wanted = given.get("studies", Config.model_fields["studies"].default)
    known = given.get("definitions")
    if not isinstance(wanted, list) or not isinstance(known, dict):
        return
    others = [
        name
        for name in wanted
        if isinstance(name, str) and _domain_given(known.get(name)) not in ("table", None)
    ]
    if others:
        yield Problem(
            ("explanation", "removal"),
            "Only tables support `background`, and these studies are not tables: "
            f"{', '.join(others)}. Use `absent` or `mask`, or select tables with `studies`.",
        )


def _domain_given(study: Any) -> str | None:
    """The domain of a study before it is checked."""
    if not isinstance(study, dict):
        return None
    data = study.get("data")
    own = data.get("domain") if isinstance(data, dict) else None
    return own if study.get("source") in OWN else DOMAINS.get(str(study.get("source")))


def missing_files(config: Config) -> Iterator[Problem]:
    """Files of studies to run that do not exist and have no address to download from."""
    read = [family.study for family in config.families.values()]
    for name in dict.fromkeys(
        [*config.studies, *(one for one in read if one in config.definitions)]
    ):
        data = config.definitions[name].data
        if data is None or data.file is None or data.url is not None or Path(data.file).exists():
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
