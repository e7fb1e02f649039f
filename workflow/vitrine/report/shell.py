"""The frame of every page: templates, one inlined script bundle, and a ban on all requests."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vitrine.files import atomic
from vitrine.report import wording

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The templates, with everything escaped that is not a template's own."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        number=wording.number,
        signed=wording.signed,
        count=wording.count,
        share=wording.share,
        method=wording.method,
    )
    env.globals["interval"] = wording.interval
    return env


@cache
def _scripts() -> tuple[str, str]:
    """Vega, Vega-Lite and Vega-Embed as one script, and the page's own script."""
    version = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)
    return bundle, (TEMPLATES / "page.js").read_text(encoding="utf-8")


def write_page(template: str, output: Path, context: dict[str, Any]) -> None:
    """Render a page into one file that needs nothing else.

    The page's content security policy lets only the two known scripts run and forbids every
    request, so that text from the data can neither run nor call out, were it ever not escaped.

    Args:
        template: name of the template.
        output: the HTML file.
        context: what the template draws.
    """
    scripts = _scripts()
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src {hashes} 'unsafe-eval'; base-uri 'none'; form-action 'none'"
    )
    html = (
        environment()
        .get_template(template)
        .render(
            **context,
            policy=policy,
            scripts=[Markup(script) for script in scripts],
            style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),
        )
    )
    with atomic(output) as temporary:
        temporary.write_text(html, encoding="utf-8", newline="\n")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
