"""A rule's files and parameters reach the stage by their names."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import Field, ValidationError
from snakemake.iocontainers import InputFiles

from vitrine import reads
from vitrine.reads import code, group, key, wildcard
from vitrine.section import Section
from vitrine.workflow.job import files


@dataclass(frozen=True)
class Files:
    model: Path
    tables: list[Path]
    background: Path | None


def named(**entries):
    return InputFiles(fromdict=entries)


def test_files_are_bound_by_name():
    bound = files(Files, named(tables=["a", "b"], model="m", background=[]), "rule")
    assert bound == Files(Path("m"), [Path("a"), Path("b")], None)
    bound = files(Files, named(tables=[], model=["m"], background="x"), "rule")
    assert bound == Files(Path("m"), [], Path("x"))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            {"model": "m", "tables": []},
            "missing in the rule: background; unknown to the stage: none",
        ),
        (
            {"model": "m", "tables": [], "background": [], "x": "y"},
            "missing in the rule: none; unknown to the stage: x",
        ),
        ({"model": [], "tables": [], "background": []}, "rule model: one file is expected"),
        ({"model": ["a", "b"], "tables": [], "background": []}, "the rule gives 2"),
    ],
)
def test_a_rule_that_does_not_suit_its_stage_is_an_error(entries, message):
    with pytest.raises(TypeError, match=message):
        files(Files, named(**entries), "rule")


class Inner(Section):
    epochs: int = Field(ge=1)
    rate: float = 0.5


@dataclass(frozen=True)
class Instances:
    count: int = key("explanation.instances")


@dataclass(frozen=True)
class Settings:
    instances: Instances = group(Instances)
    training: Inner = key("study.training")
    part: Inner = key("validation")
    names: list[str] = key("explanation.methods")
    seed: int = wildcard("seed")
    digest: str = code()


PARAMS = {
    "explanation": {"instances": 3, "methods": ["a"]},
    "training": {"epochs": 2, "rate": 0.1},
    "validation": {"epochs": 4, "rate": 1.0, "other": 9},
}


def test_settings_come_from_parameters_wildcards_and_code():
    bound = reads.bind(Settings, PARAMS, {"seed": "7"}, "c0de")
    assert bound == Settings(
        Instances(3), Inner(epochs=2, rate=0.1), Inner(epochs=4, rate=1.0), ["a"], 7, "c0de"
    )


def test_every_key_that_is_read_is_listed():
    assert list(reads.keys_of(Settings)) == [
        ("explanation.instances", None),
        ("study.training", Inner),
        ("validation", Inner),
        ("explanation.methods", None),
    ]


def test_a_value_of_another_type_is_an_error():
    broken = PARAMS | {"training": {"epochs": 0, "rate": 0.1}}
    with pytest.raises(ValidationError):
        reads.bind(Settings, broken, {"seed": "7"}, "")
    with pytest.raises(KeyError, match="seed"):
        reads.bind(Settings, PARAMS, {}, "")
