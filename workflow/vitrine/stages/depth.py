"""Stage `depth`: what every layer of a study's models encodes, and the value of context."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vitrine.emergence.depth import ModelFolder, probe_study


def probe_depth(
    data: Path, models: Sequence[tuple[str, int, Path]], layers: Path, context: Path, **options: Any
) -> None:
    """Probe all models of a study; see `vitrine.emergence.depth`."""
    probe_study(data, [ModelFolder(*model) for model in models], layers, context, **options)
