"""A copy of the library to which a test adds files, run in a process of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class CopiedLibrary:
    """A copy of ``workflow/vitrine`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workflow"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "workflow" / "vitrine", self.folder / "vitrine", ignore=ignored)
        self.added: list[Path] = []

    def add(self, path: str, text: str) -> None:
        """Write a new file, by its path below the library."""
        file = self.folder / "vitrine" / path
        assert not file.exists()
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.added.append(file)

    def add_text(self, section: str, line: str) -> None:
        """Add a line to a section of the catalogues of all languages."""
        for catalogue in (self.folder / "vitrine/report/text/languages").glob("*.toml"):
            text = catalogue.read_text(encoding="utf-8")
            head = f"[{section}]\n"
            assert head in text
            catalogue.write_text(text.replace(head, f"{head}{line}\n"), encoding="utf-8")

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
