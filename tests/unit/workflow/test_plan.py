"""Which files a job reads follows from the configuration alone."""

from pathlib import Path

import pytest
import yaml

from vitrine.config.load import load
from vitrine.workflow.plan import Plan

ROOT = Path(__file__).parents[3]


class Wildcards(dict):
    __getattr__ = dict.__getitem__


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder to run in that holds files which are no input of any job."""
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    (tmp_path / "model" / ".hidden").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plan(**changes):
    given = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    return Plan(load(given | changes, []))


def test_a_model_trained_here_has_no_files_of_a_pretrained_one():
    files = plan().pretrained_folder(Wildcards(study="reviews", scale="nano", seed="0"))
    assert files == []


def test_a_pretrained_model_in_a_folder_has_its_files_as_input():
    made = plan(pretrained={"mine": {"model": "model"}})
    files = made.pretrained_folder(Wildcards(study="reviews", scale="mine", seed="0"))
    assert files == ["model/config.json"]
