"""The frame of every page: templates, navigation, inlined scripts, and a ban on all requests."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from vitrine.files import atomic
from vitrine.report import pages
from vitrine.report.methods import is_floor
from vitrine.report.site import Site
from vitrine.report.text import wording
from vitrine.report.text.language import (
    html_language,
    say_markup,
    texts_below,
    use_language,
)

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The templates, with everything escaped that is not a template's own.

    Those of a page are named with its folder, such as ``study/page.html``.
    """
    env = Environment(
        loader=FileSystemLoader([TEMPLATES, *pages.__path__]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        number=wording.format_number,
        signed=wording.format_signed,
        small=wording.format_small,
        count=wording.format_count,
        share=wording.format_share,
        method=wording.method_title,
        stage=wording.stage_title,
        source_description=wording.describe_source,
        sentences=wording.join_sentences,
    )
    env.globals.update(interval=wording.format_interval, t=say_markup)
    env.tests["floor"] = is_floor
    return env


def vega_version() -> str:
    """The version of Vega-Lite that Altair writes, such as ``6.1``."""
    version: str = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
    return version


@cache
def chart_script() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script; to make it takes a second."""
    source = "window.vegaEmbed = vegaEmbed;"
    return vl_convert.javascript_bundle(source, vl_version=vega_version())


def write_page(
    output: Path,
    context: Mapping[str, Any],
    *,
    site: Site,
    page: str,
    study: str = "",
    scripts: Sequence[str] = (),
) -> None:
    """Render a page into one file that needs nothing else.

    The template ``<page>/page.html`` extends ``base.html`` and fills its blocks ``header``,
    ``sections`` (links within the page) and ``main``; ``t(key, place=value)`` is a text of the
    catalogue, and the macro ``figure`` of ``fragments.html`` a chart with its title and links. Vega
    is part of the page where it has charts.

    The page's content security policy lets only the known scripts run and forbids every request,
    so that text from the data can neither run nor call out, were it ever not escaped.

    Args:
        output: the HTML file.
        context: what the template draws; ``title`` names the page.
        site: what the pages share.
        page: the name of the page.
        study: whose page it is, where there is one for each study.
        scripts: names of further scripts among the templates, run after the common one.
    """
    with use_language(site.language):
        body = (
            environment()
            .get_template(f"{page}/page.html")
            .render(**context, site=site, page=study or page, menu=site.menu)
        )
        words, language = texts_below("script"), html_language()
    sources = [read_template(name) for name in ("page.js", *scripts)]
    if 'class="chart"' in body:
        charts = site.script.read_text(encoding="utf-8") if site.script else chart_script()
        sources.insert(0, charts)
    html = (
        environment()
        .get_template("document.html")
        .render(
            body=Markup(body),
            title=context["title"],
            language=language,
            policy=_security_policy(sources),
            words=words,
            scripts=[Markup(source) for source in sources],
            style=Markup(read_template("page.css")),
        )
    )
    with atomic(output) as temporary:
        temporary.write_text(html, encoding="utf-8", newline="\n")


def read_template(name: str) -> str:
    """A script or style sheet among the templates, as it stands in its file."""
    env = environment()
    assert env.loader is not None
    return env.loader.get_source(env, name)[0]


def _security_policy(scripts: Sequence[str]) -> str:
    """A content security policy under which only these scripts run and nothing is requested."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src {hashes} 'unsafe-eval'; base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
