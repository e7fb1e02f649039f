"""What jobs ask of a scheduler."""

import re
from pathlib import Path

import pytest
import yaml

from vitrine.config.load import load
from vitrine.workflow import resources
from vitrine.workflow.registry import STAGES
from vitrine.workflow.resources import Requests

ROOT = Path(__file__).parents[3]


class Wildcards(dict):
    __getattr__ = dict.__getitem__


def complete(**changes):
    given = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    given["architectures"] |= {
        "huge": {"layers": 12, "heads": 8, "width": 512},
        "shared": {"layers": 12, "heads": 8, "width": 512, "processes": 4},
    }
    return load(given | changes, [])


def job(scale="small", study="reviews", **more):
    return Wildcards(study=study, scale=scale, seed="0", **more)


def rules():
    """The text of every rule that runs a stage, by the stage."""
    texts = {}
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for text in re.split(r"(?m)^ *(?=rule |rule:|checkpoint )", path.read_text()):
            stage = re.search(r'PLAN\.params\("(\w+)"', text)
            if stage:
                texts[stage[1]] = text
            elif "PLAN.page_params" in text:
                # One loop makes the rules of all pages, of a study and about all.
                texts |= dict.fromkeys(("page", "report"), text)
    return texts


def test_every_stage_has_a_rule():
    assert set(rules()) == set(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_every_rule_runs_the_one_script_with_what_its_stage_needs(stage):
    text = rules()[stage]
    assert "threads: " in text
    requested = f'resources("{stage}")' if stage not in ("page", "report") else "page_resources("
    assert f"**PLAN.{requested}" in text
    assert '"../scripts/stage.py"' in text


@pytest.mark.parametrize("stage", STAGES)
def test_requests_grow_with_the_attempt_and_never_shrink_with_the_model(stage):
    requests = Requests(complete())
    for request in (requests.memory(stage), requests.runtime(stage)):
        assert request(job(), attempt=3) == 3 * request(job(), attempt=1)
        large, small = (request(job(scale), attempt=1) for scale in ("huge", "small"))
        assert large > small if STAGES[stage].cost.model else large == small


def test_training_asks_for_all_copies_of_the_weights():
    memory = Requests(complete()).memory("train")
    weights = 4 * (12 * 12 * 512**2 + 8000 * 512) / 2**20
    assert memory(job("huge"), attempt=1) - memory(job("nano"), attempt=1) > 7 * weights


def test_a_model_of_several_processes_asks_for_each():
    requests = Requests(complete(device="cuda"))
    assert requests.threads("train")(job("shared")) == 4
    assert requests.gpu("train")(job("shared")) == 4
    assert requests.threads("explain")(job("shared")) == 1
    assert requests.gpu("explain")(job("shared")) == 1
    memory = requests.memory("train")
    more = memory(job("shared"), attempt=1) - memory(job("huge"), attempt=1)
    assert more > 3 * 7 * 4 * (12 * 12 * 512**2 + 8000 * 512) / 2**20


def test_gpus_are_requested_for_where_there_are_some(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(resources, "package_version", lambda _: "2.13.0")
    monkeypatch.setattr(resources, "GPUS", tmp_path / "none")
    asked = {
        device: Requests(complete(device=device)).gpu("explain")(job())
        for device in ("auto", "cpu", "cuda")
    }
    assert asked == {"auto": None, "cpu": None, "cuda": 1}
    (tmp_path / "0000:01:00.0").mkdir()
    monkeypatch.setattr(resources, "GPUS", tmp_path)
    assert Requests(complete()).gpu("explain")(job()) == 1
    assert Requests(complete(device="cpu")).gpu("explain")(job()) is None
    assert Requests(complete()).gpu("baseline")(job()) is None
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert Requests(complete()).gpu("explain")(job()) is None
    # A build of torch for processors.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(resources, "package_version", lambda _: "2.13.0+cpu")
    assert Requests(complete()).gpu("explain")(job()) is None


def test_own_data_ask_for_more(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    definitions = complete()["definitions"]
    reviews = {k: v for k, v in definitions["reviews"].items() if k != "data"}
    own = reviews | {
        "source": "file",
        "split": {"kind": "random"},
        "data": {"domain": "text", "file": "own.csv", "text": "text", "label": "label"},
    }
    (tmp_path / "own.csv").write_bytes(b"x" * 40 * 2**20)
    requests = Requests(complete(definitions=definitions | {"own": own}, studies=["own"]))
    for stage in ("prepare", "train"):
        memory, runtime = requests.memory(stage), requests.runtime(stage)
        assert memory(job(study="own"), attempt=1) > 400 + memory(job(), attempt=1)
        assert runtime(job(study="own"), attempt=1) == 5 * runtime(job(), attempt=1)


def test_a_pretrained_model_asks_by_its_own_configuration_or_as_a_bert(tmp_path):
    (tmp_path / "config.json").write_text(
        '{"num_hidden_layers": 2, "n_heads": 4, "dim": 128, "vocab_size": 1000}'
    )
    here = {"model": str(tmp_path), "tuned_layers": None}
    away = {"model": "owner/name", "tuned_layers": 3}
    small = {"layers": 2, "heads": 4, "width": 128, "vocabulary": 1000}
    assert resources.pretrained_scale(here) == small | {"processes": 1, "learned": 2}
    assert resources.pretrained_scale(away) == resources.BASE | {"processes": 1, "learned": 3}
    memory = Requests(complete(pretrained={"bert": away, "tiny": here})).memory("train")
    # Of 110 million weights all copies, and more; a small one like one of ours.
    assert memory(job("bert"), attempt=1) > 7 * 4 * 110e6 / 2**20
    assert memory(job("tiny"), attempt=1) < memory(job("huge"), attempt=1)
