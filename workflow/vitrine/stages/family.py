"""Stage `family`: what one language model of a family learns from its context."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrine.language import study_member as language
from vitrine.language.settings import FamilyModelSettings, FamilySettings


def study_member(
    data: Path,
    folder: Path,
    *,
    settings: Mapping[str, Any],
    asked: Mapping[str, Any],
    **options: Any,
) -> None:
    """Study a language model; see `vitrine.language.study_member`."""
    family = family_of(folder.name, settings, asked)
    language.study_member(data, folder, family=family, **options)


def family_of(name: str, settings: Mapping[str, Any], rest: Mapping[str, Any]) -> FamilySettings:
    """The checked section of a family with one of its models only."""
    model = {key: settings[key] for key in FamilyModelSettings.model_fields if key in settings}
    return FamilySettings.model_validate(dict(rest) | {"models": {name: model}})
