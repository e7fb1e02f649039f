"""All text of the pages: one catalogue per language, in ``languages/<language>.toml``.

A page is written within ``with speaking("zh"):``; whatever it says then comes from that catalogue.
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
    return _spaced(catalogue(_language.get())[key], values).format(**values)


def counted(key: str, n: float | str) -> str:
    """The text of so many things: ``<key>_one`` for one, where the catalogue has it."""
    one = f"{key}_one"
    return say(one) if n in (1, "1") and known(one) else say(key, n=n)


def tell(key: str, **values: Any) -> Markup:
    """The same for templates: the text may hold markup, the values are escaped."""
    return Markup(_spaced(catalogue(_language.get())[key], values)).format(**values)


def _spaced(text: str, values: Mapping[str, Any]) -> str:
    """Chinese is set apart from Latin letters and digits, which only a value knows to have."""

    def before(found: re.Match[str]) -> str:
        return f" {found[0]}" if _latin(str(values.get(found[1], ""))[:1]) else found[0]

    def behind(found: re.Match[str]) -> str:
        return f"{found[0]} " if _latin(str(values.get(found[1], ""))[-1:]) else found[0]

    return _BEHIND.sub(behind, _BEFORE.sub(before, text))


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def texts(prefix: str) -> dict[str, str]:
    """All texts below a key, by the rest of their keys; a page's script gets its words so."""
    dotted = f"{prefix}."
    return {
        key.removeprefix(dotted): text
        for key, text in catalogue(_language.get()).items()
        if key.startswith(dotted)
    }
