"""The frame of every page: templates, navigation, inlined scripts, and a ban on all requests."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from vitrine.files import atomic
from vitrine.report.text import wording
from vitrine.report.text.language import known, say, speaking, spoken, tell, texts

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Site:
    """What the pages of a report share.

    Attributes:
        studies: the studies, each with a page of its own, in the order to show.
        pages: the other pages beside the overview, by name; see ``pages`` in the catalogues.
        language: of all text, see `vitrine.report.text.language`.
        script: file of the charts' script, see `chart_script`, which is called where it is None.
    """

    studies: Sequence[str]
    pages: Sequence[str] = ()
    language: str = "en"
    script: Path | None = None

    @property
    def menu(self) -> list[dict[str, str]]:
        """The links between the pages: ``page``, ``title`` and ``kind`` of each."""
        entries = [{"page": "index", "title": say("pages.index"), "kind": "page"}]
        entries += [
            {"page": study, "title": wording.study_title(study), "kind": "study"}
            for study in self.studies
        ]
        return entries + [
            {"page": name, "title": say(f"pages.{name}"), "kind": "page"} for name in self.pages
        ]


@cache
def environment() -> Environment:
    """The templates, with everything escaped that is not a template's own."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
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
        stage=wording.stage,
        source_description=wording.source_description,
        sentences=wording.sentences,
    )
    env.globals.update(interval=wording.interval, t=tell, says=known)
    return env


def vega_version() -> str:
    """The version of Vega-Lite that Altair writes, such as ``6.1``."""
    return alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]


@cache
def chart_script() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script; to make it takes a second."""
    source = "window.vegaEmbed = vegaEmbed;"
    return vl_convert.javascript_bundle(source, vl_version=vega_version())


def write_page(
    template: str,
    output: Path,
    context: Mapping[str, Any],
    *,
    site: Site,
    page: str,
    scripts: Sequence[str] = (),
) -> None:
    """Render a page into one file that needs nothing else.

    The template extends ``base.html`` and fills its blocks ``header``, ``sections`` (links within
    the page) and ``main``; ``t(key, place=value)`` is a text of the catalogue, and the macro
    ``figure`` of ``fragments.html`` a chart with its title and links. Vega is part of the page
    where it has charts.

    The page's content security policy lets only the known scripts run and forbids every request,
    so that text from the data can neither run nor call out, were it ever not escaped.

    Args:
        template: name of the template.
        output: the HTML file.
        context: what the template draws; ``title`` names the page.
        site: what the pages share.
        page: the page's name in the navigation: of a study or of one of the site's pages.
        scripts: names of further scripts among the templates, run after the common one.
    """
    with speaking(site.language):
        body = (
            environment()
            .get_template(template)
            .render(**context, site=site, page=page, menu=site.menu)
        )
        words, language = texts("script"), spoken()
    sources = [(TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.js", *scripts)]
    if 'class="chart"' in body:
        charts = site.script.read_text(encoding="utf-8") if site.script else chart_script()
        sources.insert(0, charts)
    hashes = " ".join(f"'sha256-{_digest(source)}'" for source in sources)
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src {hashes} 'unsafe-eval'; base-uri 'none'; form-action 'none'"
    )
    html = (
        environment()
        .get_template("page.html")
        .render(
            body=Markup(body),
            title=context["title"],
            language=language,
            policy=policy,
            words=words,
            scripts=[Markup(source) for source in sources],
            style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),
        )
    )
    with atomic(output) as temporary:
        temporary.write_text(html, encoding="utf-8", newline="\n")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
