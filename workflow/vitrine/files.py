"""Reading and writing the files between stages. Files are written atomically."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

StrPath = str | os.PathLike[str]


@contextmanager
def atomic(path: StrPath) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that replaces it when the block ends without an error.

    The suffix is kept, since writers choose a format by it. After an exception the temporary
    file is removed and ``path`` is unchanged.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name(f".{final.stem}.{os.getpid()}{final.suffix}")
    try:
        yield temporary
        temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: StrPath, content: Any) -> None:
    """Write ``content`` as indented UTF-8 JSON. Raises ValueError for NaN and infinity."""
    with atomic(path) as temporary:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def read_json(path: StrPath) -> Any:
    """Read a UTF-8 JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_table(path: StrPath, frame: "pd.DataFrame") -> None:
    """Write a data frame as Parquet, without its index."""
    with atomic(path) as temporary:
        frame.to_parquet(temporary, index=False)


def files_below(path: StrPath) -> list[str]:
    """The file itself, or all files below a folder except hidden ones, sorted.

    Links to folders are followed, so that a change behind one counts, but not one
    that leads upwards.
    """
    top = Path(path)
    if top.is_file():
        return [str(top)]
    return sorted(str(file) for file in _walk(top, {top.resolve()}) if file.is_file())


def _walk(folder: Path, above: set[Path]) -> Iterator[Path]:
    """Files below a folder; a link to one of the folders ``above`` would lead round for ever."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith("."):
            continue
        if not path.is_dir():
            yield path
            continue
        real = path.resolve()
        if not any(each.is_relative_to(real) for each in above):
            yield from _walk(path, above | {real})


def sha256(path: StrPath) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
