"""Stage `language`: a small language model of ours, trained on a study's texts and exported."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrine.language import train_member as language
from vitrine.stages.family import family_of


def train_member(
    data: Path,
    folder: Path,
    *,
    settings: Mapping[str, Any],
    asked: Mapping[str, Any],
    **options: Any,
) -> None:
    """Train a language model; see `vitrine.language.train_member`."""
    family = family_of(folder.name, {"train": settings}, asked)
    language.train_member(data, folder, family=family, **options)
