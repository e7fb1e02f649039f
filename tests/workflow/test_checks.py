"""The checks that every change keeps clean: linters, formatters, types, a light start."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CHECKS = {
    "snakemake --lint": ["-m", "snakemake", "--lint"],
    "snakefmt": ["-m", "snakefmt", "--check", "Snakefile", "workflow/rules"],
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
}


@pytest.mark.parametrize("arguments", CHECKS.values(), ids=CHECKS)
def test_clean(arguments):
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_snakefile_imports_nothing_heavy():
    code = (
        "import sys; sys.path.insert(0, 'workflow')\n"
        "import vitrine.config.load, vitrine.code_digest, vitrine.tracking.closing\n"
        "import vitrine.tracking.invocation\n"
        "heavy = {'torch', 'pandas', 'mlflow', 'sklearn', 'scipy', 'numpy', 'altair'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_requirement_is_pinned_and_every_pin_is_exact():
    pins = [
        line
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert all("==" in line for line in pins)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in pins}
    for name in ("requirements.txt", "requirements-dev.txt"):
        asked = [
            line.lower()
            for line in (ROOT / name).read_text().splitlines()
            if line and line[0] not in "#-"
        ]
        assert set(asked) <= pinned
    assert "torch==2.13.0" in pins
