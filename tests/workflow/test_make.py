"""What `make` hands over to the commands: names of the user, as they stand."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAME = 'data/a`touch ran` $(touch ran) $c;{} "q".csv'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the Makefile, in whose environment a command prints its arguments."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nfor word in "$@"; do printf "<%s>\\n" "$word"; done\n')
    python.chmod(0o755)
    (tmp_path / ".venv" / ".run").touch()
    return tmp_path


def arguments(project: Path, *words: str) -> list[str]:
    """What the command's process is given after its name."""
    environment = os.environ | {"USER": "somebody"}
    said = subprocess.run(
        ["make", *words], cwd=project, env=environment, capture_output=True, text=True, check=True
    ).stdout
    given = [line[1:-1] for line in said.splitlines() if line.startswith("<")]
    return given[given.index("vitrine") + 1 :]


def test_names_of_files_pass_through_neither_make_nor_the_shell(project: Path) -> None:
    assert arguments(project, "which", f"FILE={NAME}") == ["which", NAME]
    assert arguments(project, "new-study", "NAME=mine", f"FILE={NAME}") == [
        *("new-study", "--", "mine", NAME)
    ]
    assert not (project / "ran").exists()


def test_choices_of_a_new_study_are_its_options(project: Path) -> None:
    given = arguments(
        project, "new-study", "NAME=mine", "FILE=a.csv", "LABEL=$x", "USER=who", "SEPARATOR=;"
    )
    assert given == [
        *("new-study", "--label", "$x", "--user", "who", "--separator", ";"),
        *("--", "mine", "a.csv"),
    ]
