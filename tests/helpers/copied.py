"""A copy of the library to which a test adds files, run in a process of its own."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


class CopiedLibrary:
    """A copy of ``workflow/vitrine`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workflow"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(
            ROOT / "workflow" / "vitrine",
            self.folder / "vitrine",
            ignore=ignored,
            dirs_exist_ok=True,
        )
        self.added: list[Path] = []

    def add(self, path: str, text: str) -> None:
        """Write a new file, by its path below the library."""
        file = self.folder / "vitrine" / path
        assert not file.exists()
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.added.append(file)

    def add_all(self, files: Mapping[str, str], texts: Mapping[str, str]) -> None:
        """Write new files, by their path below the library, and add texts; see `add_texts`."""
        for path, text in files.items():
            self.add(path, text)
        self.add_texts(texts)

    def add_texts(self, texts: Mapping[str, str]) -> None:
        """Add lines to sections of the catalogues of all languages, new sections at their end."""
        for catalogue in (self.folder / "vitrine/report/text/languages").glob("*.toml"):
            text = catalogue.read_text(encoding="utf-8")
            for section, lines in texts.items():
                head = f"[{section}]\n"
                text = text if head in text else f"{text}\n{head}"
                text = text.replace(head, f"{head}{lines}\n")
            catalogue.write_text(text, encoding="utf-8")

    def run(self, code: str) -> str:
        """What Python code prints that imports the copy."""
        path = f"{self.folder}:{ROOT / 'tests' / 'helpers'}"
        result = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()
