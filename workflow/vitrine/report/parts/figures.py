"""The charts of a study's page as SVG and PNG files, for slides and papers."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import vl_convert

from vitrine.report.shell import TEMPLATES, vega_version

WIDTH = 620  # pixels of the plotting area and its axes
SCALE = 2  # pixels of a PNG for one of the SVG


def write_figures(context: Mapping[str, Any], folder: Path | None) -> None:
    """Write every chart as ``<name>.svg`` and ``<name>.png``, in the light colours of the pages.

    Args:
        context: of a page; its charts are Vega-Lite specifications (see
            `vitrine.report.parts.charts.finish_chart`) and get names made of the keys that lead to
            them.
        folder: made anew; nothing is written where it is None.
    """
    if folder is None:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    colours = read_light_colours()
    for name, spec in _charts_of(context):
        text = re.sub(r"var\((--[\w-]+)\)", lambda variable: colours[variable[1]], json.dumps(spec))
        plain = json.loads(text) | {"width": WIDTH, "background": "white"}
        svg = vl_convert.vegalite_to_svg(plain, vl_version=vega_version())
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
        (folder / f"{name}.png").write_bytes(vl_convert.svg_to_png(svg, scale=SCALE))


def read_light_colours() -> dict[str, str]:
    """The style sheet's variables as they are in light: its first block."""
    first = (TEMPLATES / "page.css").read_text(encoding="utf-8").partition("}")[0]
    return dict(re.findall(r"(--[\w-]+): ([^;]+);", first))


def _charts_of(section: Any, name: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(section, Mapping):
        if "$schema" in section:
            yield name, section
            return
        for key, part in section.items():
            yield from _charts_of(part, "-".join(filter(None, (name, str(key)))))
    elif isinstance(section, list):
        for place, part in enumerate(section, start=1):
            yield from _charts_of(part, f"{name}-{place}")
