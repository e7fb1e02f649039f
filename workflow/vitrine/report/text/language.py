"""All text of the pages: one catalogue per language, in ``languages/<language>.toml``.

A page is written within ``with use_language("zh"):``; all its texts then come from that catalogue.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

CATALOGUES = Path(__file__).parent / "languages"
# The name of a catalogue, and what HTML calls its language.
LANGUAGES = {"en": "en", "zh": "zh-Hans"}

# A place right behind or before a Chinese character.
_BEFORE = re.compile(r"(?<=[\u4e00-\u9fff])\{(\w+)\}")
_BEHIND = re.compile(r"\{(\w+)\}(?=[\u4e00-\u9fff])")

_language: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Let `say` and `say_markup` use a language within the block.

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


def html_language() -> str:
    """The language in use, as HTML calls it."""
    return LANGUAGES[_language.get()]


@cache
def load_catalogue(language: str) -> dict[str, str]:
    """A language's texts by dotted key, such as ``methods.shap``."""
    content = tomllib.loads((CATALOGUES / f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flatten(content, ""))


def _flatten(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def has_text(key: str) -> bool:
    """Whether the catalogue has a text under this key."""
    return key in load_catalogue(_language.get())


def say(key: str, **values: Any) -> str:
    """A plain text of the catalogue with its ``{places}`` filled, for charts and for escaping.

    Raises:
        KeyError: if the catalogue lacks it, or a place is left open.
    """
    return _add_spaces(load_catalogue(_language.get())[key], values).format(**values)


def say_count(key: str, n: float | str) -> str:
    """The text for n things: ``<key>_one`` for one thing, where the catalogue has that text."""
    singular = f"{key}_one"
    return say(singular) if n in (1, "1") and has_text(singular) else say(key, n=n)


def say_markup(key: str, **values: Any) -> Markup:
    """The same for templates: the text may hold markup, the values are escaped."""
    return Markup(_add_spaces(load_catalogue(_language.get())[key], values)).format(**values)


def _add_spaces(text: str, values: Mapping[str, Any]) -> str:
    """Set Chinese apart from Latin letters and digits at the places where values have these."""

    def before(place: re.Match[str]) -> str:
        return f" {place[0]}" if _is_latin(str(values.get(place[1], ""))[:1]) else place[0]

    def behind(place: re.Match[str]) -> str:
        return f"{place[0]} " if _is_latin(str(values.get(place[1], ""))[-1:]) else place[0]

    return _BEHIND.sub(behind, _BEFORE.sub(before, text))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def texts_below(prefix: str) -> dict[str, str]:
    """All texts below a key, by the rest of their keys, in the order of the catalogue."""
    dotted = f"{prefix}."
    return {
        key.removeprefix(dotted): text
        for key, text in load_catalogue(_language.get()).items()
        if key.startswith(dotted)
    }
