"""The checks that every change keeps clean: linters, types, layers, sizes, a light start."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / "workflow"
LIBRARY = WORKFLOW / "vitrine"

CHECKS = {
    "snakemake --lint": ["-m", "snakemake", "--lint"],
    "snakefmt": ["-m", "snakefmt", "--check", "Snakefile", "workflow/rules"],
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "lint-imports": ["-c", "from importlinter.cli import lint_imports_command as c; c()"],
}

MOST_LINES, MOST_PARAMETERS = 60, 10
MOST_LINES_OF_RULES = 1100

# By kind: its registry, and the package in which its names may be listed.
KINDS = {
    "methods": ("vitrine.attribution.registry", "METHODS", "attribution"),
    "measures": ("vitrine.validation.registry", "MEASURES", "validation"),
    "abilities": ("vitrine.emergence.registry", "ABILITIES", "emergence"),
    "domains": ("vitrine.data.domains.registry", "DOMAINS", "data/domains"),
    "pages": ("vitrine.report.pages.registry", "PAGES", "report/pages"),
}
# So many names of a kind side by side are a list of it.
FEWEST_NAMES = 3

# What the Snakefile imports, and what it must not wait for.
LIGHT = (
    "vitrine.attribution.registry",
    "vitrine.code_digest",
    "vitrine.config.load",
    "vitrine.data.domains.registry",
    "vitrine.emergence.registry",
    "vitrine.report.pages.registry",
    "vitrine.stages.plan",
    "vitrine.stages.registry",
    "vitrine.tracking.closing",
    "vitrine.tracking.invocation",
    "vitrine.tracking.recovery",
)
HEAVY = ("altair", "matplotlib", "mlflow", "numpy", "pandas", "scipy", "sklearn", "torch")


@pytest.mark.parametrize("arguments", CHECKS.values(), ids=CHECKS)
def test_clean(arguments):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", LIGHT)
def test_what_the_snakefile_imports_is_light(module):
    code = (
        f"import sys; sys.path.insert(0, 'workflow'); import {module}\n"
        f"print(sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file of the workflow with its syntax tree."""
    for path in sorted(WORKFLOW.rglob("*.py")):
        yield path, ast.parse(path.read_text())


def test_no_function_is_long_or_takes_many_parameters():
    too_large = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            parameters = [one.arg for one in named if one.arg not in ("self", "cls")]
            if lines > MOST_LINES or len(parameters) > MOST_PARAMETERS:
                where = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
                too_large.append(f"{where}: {lines} lines, {len(parameters)} parameters")
    assert not too_large, "\n".join(too_large)


def test_rules_and_scripts_are_short():
    files = [*WORKFLOW.glob("rules/*"), *WORKFLOW.glob("scripts/*.py")]
    lines = sum(len(path.read_text().splitlines()) for path in files)
    assert lines <= MOST_LINES_OF_RULES


def groups(path: Path) -> Iterator[tuple[int, set[str]]]:
    """The texts that stand side by side in a list, tuple, set or mapping, with the line of each."""
    text = path.read_text()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.List | ast.Tuple | ast.Set):
                items = node.elts
            elif isinstance(node, ast.Dict):
                items = [key for key in node.keys if key is not None]
            else:
                continue
            values = [item.value for item in items if isinstance(item, ast.Constant)]
            yield node.lineno, {value for value in values if isinstance(value, str)}
        return
    # Neither rules nor scripts of pages are Python: innermost brackets stand for lists.
    for match in re.finditer(r"[\[({][^\[\](){}]*[\])}]", text):
        quoted = re.findall(r"""["'`]([\w-]+)["'`]""", match[0])
        keys = re.findall(r"([\w-]+)\s*:", match[0])
        yield text.count("\n", 0, match.start()) + 1, {*quoted, *keys}


@pytest.mark.parametrize("kind", KINDS)
def test_the_names_of_a_kind_are_listed_once(kind):
    registry, attribute, home = KINDS[kind]
    names = set(getattr(import_module(registry), attribute))
    assert len(names) >= FEWEST_NAMES
    files = [path for ending in ("py", "smk", "js") for path in WORKFLOW.rglob(f"*.{ending}")]
    listed = [
        f"{path.relative_to(ROOT)}:{line}: {', '.join(sorted(texts & names))}"
        for path in sorted(files)
        if not path.is_relative_to(LIBRARY / home)
        for line, texts in groups(path)
        if len(texts & names) >= FEWEST_NAMES
    ]
    assert not listed, "\n".join(listed)


def test_every_requirement_is_pinned_and_every_pin_is_exact():
    pins = [
        line
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert all("==" in line for line in pins)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in pins}
    for name in ("requirements.txt", "requirements-dev.txt"):
        required = [
            line.lower()
            for line in (ROOT / name).read_text().splitlines()
            if line and line[0] not in "#-"
        ]
        assert set(required) <= pinned
    assert "torch==2.13.0" in pins
