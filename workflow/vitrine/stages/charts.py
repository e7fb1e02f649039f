"""Stage `charts`: the script that draws charts, which every page with charts contains."""

from dataclasses import dataclass
from pathlib import Path

from vitrine.stages.stage import Cost, Stage


@dataclass(frozen=True)
class Inputs:
    """Nothing is read."""


@dataclass(frozen=True)
class Outputs:
    """The script."""

    script: Path


@dataclass(frozen=True)
class Settings:
    """Nothing is set."""


STAGE = Stage(name="charts", order=190, settings=Settings, cost=Cost(900, 5))


def run(outputs: Outputs) -> None:
    """Write Vega, Vega-Lite and Vega-Embed as one script."""
    from vitrine.files import atomic
    from vitrine.report.shell import chart_script

    with atomic(outputs.script) as temporary:
        temporary.write_text(chart_script(), encoding="utf-8")
