"""Abilities are described once: descriptors, settings of one size, and the configuration."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
from ability_sizes import default_size, default_sizes
from pydantic import Field, ValidationError

from vitrine.config.abilities import AbilitiesSettings
from vitrine.emergence.registry import ABILITIES, ladder_settings, task
from vitrine.emergence.settings import AbilitySettings, Ladder, Seeds, Steps, Width

ROOT = Path(__file__).parents[3]


class Sizes(AbilitySettings):
    """Settings with a ladder of their own."""

    depth: Annotated[int, Ladder("depths")] = Field(
        ge=1, le=9, description="Depths.", json_schema_extra={"sizes": [2, 3]}
    )
    width: Width
    steps: Steps = Field(json_schema_extra={"sizes": [50]})
    seeds: Seeds = 2
    rate: float = 0.5


def test_the_section_has_lists_for_ladders_and_the_same_keys_otherwise():
    section = Sizes.section()
    assert list(section.model_fields) == ["depths", "widths", "steps", "seeds", "rate"]
    assert section(widths=[4]).model_dump() == {
        "depths": [2, 3],
        "widths": [4],
        "steps": [50],
        "seeds": 2,
        "rate": 0.5,
    }
    for wrong in ({}, {"widths": []}, {"widths": [4, 4]}, {"widths": [4], "depths": [10]}):
        with pytest.raises(ValidationError):
            section(**wrong)


def test_sizes_vary_the_first_ladder_most_slowly_and_name_steps_last():
    values = Sizes.section()(widths=[4, 8]).model_dump()
    sizes = Sizes.sizes(values)
    assert list(sizes) == [
        f"depth{depth}-width{width}-steps50" for depth in (2, 3) for width in (4, 8)
    ]
    size = sizes["depth3-width8-steps50"]
    assert (size.depth, size.width, size.rate) == (3, 8, 0.5)
    assert list(size.plain()) == ["depth", "width", "steps", "seeds", "rate"]
    assert Sizes.model_validate(json.loads(json.dumps(size.plain()))) == size
    with pytest.raises(ValidationError):
        Sizes(depth=2, steps=50)


@pytest.mark.parametrize("name", ABILITIES)
def test_every_ability_has_a_task_a_section_and_sizes(name):
    ability = ABILITIES[name]
    assert AbilitiesSettings.model_fields[name].annotation is ability.section
    for key, size in default_sizes(name).items():
        assert key.split("-")[-1] == f"steps{size.plain()['steps']}"
        assert ability.settings.model_validate(size.plain()) == size
    made = task(name, default_size(name))
    anchors = made.anchors()
    assert anchors.progress(anchors.optimum) == 1


def test_the_configuration_runs_the_default_abilities_in_order():
    fields = [name for name in AbilitiesSettings.model_fields if name in ABILITIES]
    assert fields == list(ABILITIES)
    default = [ability.name for ability in ABILITIES.values() if ability.in_default_run]
    assert AbilitiesSettings().run == default
    with pytest.raises(ValidationError):
        AbilitiesSettings(run=["unknown"])


def test_all_ladders_are_settings_of_some_ability_with_steps_last():
    ladders = [set(ability.settings.ladders().values()) for ability in ABILITIES.values()]
    assert set(ladder_settings()) == set().union(*ladders)
    assert ladder_settings()[-1] == "steps"


def test_descriptors_import_nothing_heavy():
    code = (
        "import sys, vitrine.config.abilities, vitrine.language.settings, "
        "vitrine.training.settings; print([name for name in ('torch', 'numpy', 'pandas') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
