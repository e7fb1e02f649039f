"""All text of the pages: one catalogue per language, in ``languages/<language>.toml``.

A page is written within ``with speaking("zh"):``; whatever it says then comes from that catalogue.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

CATALOGUES = Path(__file__).parent / "languages"
# The name of a catalogue, and what HTML calls its language.
LANGUAGES = {"en": "en", "zh": "zh-Hans"}

_language: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let `say` and `tell` speak a language within the block.

    Raises:
        KeyError: if there is no such catalogue.
    """
    if language not in LANGUAGES:
        raise KeyError(f"no catalogue {language!r}; there are {', '.join(LANGUAGES)}")
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def spoken() -> str:
    """The language that is spoken, as HTML calls it."""
    return LANGUAGES[_language.get()]


@cache
def catalogue(language: str) -> dict[str, str]:
    """A language's texts by dotted key, such as ``methods.shap``."""
    content = tomllib.loads((CATALOGUES / f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flat(content, ""))


def _flat(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def known(key: str) -> bool:
    """Whether the catalogue has a text under this key."""
    return key in catalogue(_language.get())


def say(key: str, **values: Any) -> str:
    """A plain text of the catalogue with its ``{places}`` filled, for charts and for escaping.

    Raises:
        KeyError: if the catalogue lacks it, or a place is left open.
    """
    return catalogue(_language.get())[key].format(**values)


def tell(key: str, **values: Any) -> Markup:
    """The same for templates: the text may hold markup, the values are escaped."""
    return Markup(catalogue(_language.get())[key]).format(**values)


def texts(prefix: str) -> dict[str, str]:
    """All texts below a key, by the rest of their keys; a page's script gets its words so."""
    dotted = f"{prefix}."
    return {
        key.removeprefix(dotted): text
        for key, text in catalogue(_language.get()).items()
        if key.startswith(dotted)
    }
