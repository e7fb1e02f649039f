"""The documents with measured numbers: blocks between markers, written from ``measured.json``.

A block stands between the lines ``<!-- measured: NAME -->`` and ``<!-- measured end -->``.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vitrine.data.readers.bad import BadDataError
from vitrine.files import read_json, write_json
from vitrine.report.measured.families import measure_families
from vitrine.report.measured.pretrained import measure_pretrained
from vitrine.report.measured.studies import measure_studies
from vitrine.report.measured.tables import BLOCKS
from vitrine.report.text.language import use_language

NUMBERS = Path("docs") / "measured.json"
DOCUMENTS = ("docs/*.md", "README*.md")
KINDS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "default": measure_studies,
    "family": measure_families,
    "pretrained": measure_pretrained,
}
"""How the numbers of each kind of run are measured from its folder of results."""

DIGITS = 6  # significant ones of the stored numbers

_BLOCK = re.compile(
    r"^<!-- measured: (?P<name>[\w-]+) -->\n(?P<content>.*?)^<!-- measured end -->\n",
    re.DOTALL | re.MULTILINE,
)
_MARK = re.compile(r"^<!-- measured(?:: [\w-]+| end) -->$", re.MULTILINE)


def store(kind: str, results: Path, root: Path) -> None:
    """Measure a run, and put its numbers in the place of earlier ones.

    Args:
        kind: a key of `KINDS`.
        results: its folder of results.
        root: the project, whose ``docs/measured.json`` is written.

    Raises:
        BadDataError: the folder has no such results.
    """
    path = root / NUMBERS
    stored = read_json(path) if path.exists() else {}
    stored[kind] = _rounded(KINDS[kind](results))
    content = {name: stored[name] for name in KINDS if name in stored}
    write_json(path, content)


def updated_documents(root: Path) -> Iterator[tuple[Path, str]]:
    """Every document with blocks, and the text that the stored numbers give it.

    Blocks whose numbers are not stored stay as they are.

    Raises:
        BadDataError: a block is not known, or its marker of the beginning or the end is missing.
    """
    numbers = read_json(root / NUMBERS)
    with use_language("en"):
        blocks = {
            name: show(numbers[kind]) if kind in numbers else None
            for kind, shown in BLOCKS.items()
            for name, show in shown.items()
        }
    for path in sorted(path for pattern in DOCUMENTS for path in root.glob(pattern)):
        text = path.read_text(encoding="utf-8")
        if _MARK.search(text):
            yield path, _with_blocks(text, blocks, path)


def _with_blocks(text: str, blocks: dict[str, str | None], path: Path) -> str:
    matches = list(_BLOCK.finditer(text))
    if len(_MARK.findall(text)) != 2 * len(matches):
        raise BadDataError(
            path,
            "a block of measured numbers lacks its beginning `<!-- measured: NAME -->` or its end "
            "`<!-- measured end -->`",
        )
    for match in matches:
        if match["name"] not in blocks:
            raise BadDataError(
                path,
                f"there are no measured numbers `{match['name']}`; the blocks are "
                f"{', '.join(blocks)}",
            )

    def replaced(match: re.Match[str]) -> str:
        content = blocks[match["name"]]
        if content is None:
            return match[0]
        return f"<!-- measured: {match['name']} -->\n{content}<!-- measured end -->\n"

    return _BLOCK.sub(replaced, text)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value
