"""The commands are found by their modules and say what they do."""

import sys
from pathlib import Path

import pytest

from vitrine import commands
from vitrine.__main__ import command_modules, main


def test_every_module_is_a_command_and_the_help_lists_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = {path.stem for path in Path(commands.__path__[0]).glob("*.py")} - {"__init__"}
    assert {name.replace("-", "_") for name in command_modules()} == files
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for name in command_modules():
        assert name in shown


@pytest.mark.parametrize("name", command_modules())
def test_the_help_of_a_command_describes_it_and_its_arguments(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    module = sys.modules[command_modules()[name]]
    assert module.__doc__ is not None
    assert module.__doc__.splitlines()[0] in shown


def test_an_unknown_command_is_refused_with_those_that_exist(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["make-coffee"])
    assert ended.value.code == 2
    assert "'reproduce'" in capsys.readouterr().err
