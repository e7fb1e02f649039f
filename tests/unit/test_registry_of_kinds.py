"""Finding the items of a kind."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from vitrine.registry import discover


@dataclass(frozen=True)
class Item:
    name: str
    order: int


def package(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, **modules: str) -> str:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("")
    for module, text in modules.items():
        (folder / name / f"{module}.py").write_text(
            f"from test_registry_of_kinds import Item\n{text}\n"
        )
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return name


def test_items_are_found_in_their_order_and_helpers_are_passed_over(tmp_path, monkeypatch):
    kinds = package(
        tmp_path,
        monkeypatch,
        "ordered_kinds",
        a="ITEM = Item('late', 2)",
        b="ITEM = Item('early', 1)",
        c="ITEM = Item('also_early', 1)",
        helper="X = 1",
    )
    assert list(discover(kinds, Item, "ITEM")) == ["also_early", "early", "late"]


def test_a_name_that_two_items_have_is_an_error(tmp_path, monkeypatch):
    kinds = package(
        tmp_path, monkeypatch, "twice_kinds", a="ITEM = Item('x', 1)", b="ITEM = Item('x', 2)"
    )
    with pytest.raises(ValueError, match="two items are called x"):
        discover(kinds, Item, "ITEM")


def test_something_else_under_the_attribute_is_an_error(tmp_path, monkeypatch):
    kinds = package(tmp_path, monkeypatch, "odd_kinds", a="ITEM = 3")
    with pytest.raises(TypeError, match=r"odd_kinds\.a\.ITEM is no Item"):
        discover(kinds, Item, "ITEM")
