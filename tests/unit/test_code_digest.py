"""Code digests: what changes them and what does not."""

from pathlib import Path

import pytest

from vitrine.code_digest import ROOT, code_digest

FILES = {
    "workflow/vitrine/__init__.py": '"""The package."""\n__version__ = "1"\n',
    "workflow/vitrine/low.py": "FACTOR = 2\n",
    "workflow/vitrine/data/__init__.py": "",
    "workflow/vitrine/data/load.py": (
        '"""Loading."""\n\n\ndef load(path):\n    """Load."""\n'
        "    from ..low import FACTOR  # late\n\n    return [path, FACTOR]\n"
    ),
    "workflow/vitrine/data/split.py": (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from vitrine import typed\n\n\n"
        "def split(rows: 'typed.Rows'):\n    return rows\n"
    ),
    "workflow/vitrine/typed.py": "Rows = list\n",
    "workflow/vitrine/method.py": "from .data import split\n",
    "workflow/scripts/prepare.py": "from vitrine.data import load\n\nload.load('x')\n",
    "workflow/scripts/split.py": "import vitrine.data.split as s\n\ns.split(1)\n",
    "page.html": "<p>",
}
STAGES = {
    "prepare": ("workflow/scripts/prepare.py",),
    "split": ("workflow/scripts/split.py",),
    "explain": ("workflow/scripts/split.py", "vitrine.method"),
    "page": ("vitrine.low", "page.html"),
}


def digests(folder: Path, name: str, **changes: str) -> dict[str, str]:
    """The digest of every stage in a copy of the project with the given files changed."""
    root = folder / name
    for path, text in {**FILES, **changes}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return {stage: code_digest(*parts, root=root) for stage, parts in STAGES.items()}


LOAD = "workflow/vitrine/data/load.py"


@pytest.mark.parametrize(
    "text",
    [
        FILES[LOAD] + "\n# a comment\n",
        FILES[LOAD].replace('"""Load."""', '"""Load a file\n\n    whole.\n    """'),
        FILES[LOAD].replace('    """Load."""\n', "").replace('"""Loading."""\n', ""),
        FILES[LOAD].replace("[path, FACTOR]", "[\n        path,\n        FACTOR,\n    ]"),
        FILES[LOAD].replace("[path, FACTOR]", "([path, (FACTOR)])"),
        FILES[LOAD].replace("\n", "\r\n"),
    ],
    ids=["comment", "docstring", "no docstrings", "layout", "brackets", "line ends"],
)
def test_comments_docstrings_and_layout_do_not_count(tmp_path: Path, text: str) -> None:
    assert text != FILES[LOAD]
    assert digests(tmp_path, "after", **{LOAD: text}) == digests(tmp_path, "before")


@pytest.mark.parametrize(
    ("path", "text", "stages"),
    [
        ("workflow/vitrine/low.py", "FACTOR = 3\n", {"prepare", "page"}),
        ("workflow/vitrine/low.py", "FACTOR = 2.0\n", {"prepare", "page"}),
        ("workflow/vitrine/low.py", "FACTOR = '2'\n", {"prepare", "page"}),
        ("workflow/vitrine/low.py", "FACTOR: int = 2\n", {"prepare", "page"}),
        (LOAD, FILES[LOAD].replace("[path, FACTOR]", "[FACTOR, path]"), {"prepare"}),
        (
            "workflow/vitrine/data/split.py",
            "def split(rows):\n    return 1\n",
            {"split", "explain"},
        ),
        ("workflow/vitrine/method.py", "from .data import split\n\nX = 1\n", {"explain"}),
        ("workflow/vitrine/method.py", "from vitrine import low\n", {"explain"}),
        ("workflow/vitrine/data/__init__.py", "X = 1\n", {"prepare", "split", "explain"}),
        ("workflow/vitrine/__init__.py", "__version__ = '2'\n", set(STAGES)),
        ("workflow/vitrine/typed.py", "Rows = tuple\n", set()),
        ("workflow/scripts/split.py", "import vitrine.data.split\n", {"split", "explain"}),
        ("page.html", "<b>", {"page"}),
    ],
)
def test_a_change_reaches_the_stages_that_import_it(
    tmp_path: Path, path: str, text: str, stages: set[str]
) -> None:
    before = digests(tmp_path, "before")
    after = digests(tmp_path, "after", **{path: text})
    assert {stage for stage in STAGES if before[stage] != after[stage]} == stages


def test_order_and_repetition_of_the_parts_do_not_count() -> None:
    one, other = "vitrine.seeds", "vitrine.files"
    assert code_digest(one, other) == code_digest(other, one, other)
    assert code_digest(one) != code_digest(other)


def test_the_place_of_the_project_does_not_count(tmp_path: Path) -> None:
    assert digests(tmp_path, "here") == digests(tmp_path, "there")
    script = "workflow/scripts/prepare.py"
    absolute = code_digest(str(tmp_path / "here" / script), root=tmp_path / "here")
    assert absolute == code_digest(script, root=tmp_path / "there")


def test_statements_are_not_confused(tmp_path: Path) -> None:
    """Programs of the same tokens in another structure differ."""
    programs = [
        "if a:\n    b\n    c\n",
        "if a:\n    b\nc\n",
        "if a:\n    b\nelse:\n    c\n",
        "x = (a, (b, c))\n",
        "x = ((a, b), c)\n",
        "x = a, b, c\n",
        "f(a, b=c)\n",
        "f(a, b, c)\n",
        "f(a, *b, c)\n",
        "{a: b, **c}\n",
        "{a: b, None: c}\n",
        "x = 'a b c'\n",
        "x = b'a b c'\n",
        "x = f'a b {c}'\n",
        "async def a(b, c): return\n",
        "def a(b, c): return\n",
        "def a(b, /, c): return\n",
        "def a(b, *, c): return\n",
        "def a(b, c=None): return\n",
        "def a(b, c): return None\n",
    ]
    found = {
        digests(tmp_path, str(index), **{"workflow/vitrine/low.py": program})["page"]
        for index, program in enumerate(programs)
    }
    assert len(found) == len(programs)


def test_arguments_of_settings_do_not_count_and_their_names_do(tmp_path: Path) -> None:
    def of(text: str, name: str) -> str:
        return digests(tmp_path, name, **{"workflow/vitrine/low.py": text})["page"]

    before = of("class A:\n    x: int = Field(default=1, ge=0, description='a')\n", "before")
    assert before == of("class A:\n    x: int = Field(default=2, description='b')\n", "argument")
    assert before != of("class A:\n    y: int = Field(default=1)\n", "name")
    assert before != of("class A:\n    x: str = Field(default=1)\n", "type")


def test_what_is_discovered_counts(tmp_path: Path) -> None:
    kinds = {
        "workflow/vitrine/low.py": "KINDS = discover('vitrine.kinds', str, 'KIND')\n",
        "workflow/vitrine/kinds/__init__.py": "",
        "workflow/vitrine/kinds/one.py": "KIND = 1\n",
        "workflow/vitrine/kinds/two/__init__.py": "KIND = 2\n",
        "workflow/vitrine/kinds/two/code.py": "X = 2\n",
    }
    before = digests(tmp_path, "before", **kinds)["page"]

    def after(name: str, path: str, text: str) -> str:
        return digests(tmp_path, name, **(kinds | {f"workflow/vitrine/kinds/{path}": text}))["page"]

    assert after("changed", "one.py", "KIND = 3\n") != before
    assert after("package", "two/__init__.py", "KIND = 3\n") != before
    assert after("added", "three.py", "KIND = 3\n") != before
    assert after("inside", "two/code.py", "X = 3\n") == before


@pytest.mark.parametrize("part", ["vitrine.nothing", "workflow/scripts/nothing.py", "seeds"])
def test_an_unknown_part_is_an_error(part: str) -> None:
    with pytest.raises(FileNotFoundError, match=part.rpartition("/")[2]):
        code_digest(part)


def test_every_module_of_the_package_has_a_digest() -> None:
    paths = (ROOT / "workflow" / "vitrine").rglob("*.py")
    modules = [
        ".".join(path.relative_to(ROOT / "workflow").with_suffix("").parts) for path in paths
    ]
    names = [module.removesuffix(".__init__") for module in modules]
    assert len(code_digest(*names)) == 16
