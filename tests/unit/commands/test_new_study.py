"""What `vitrine new-study` finds in data, and that its proposal is a valid configuration."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from vitrine.__main__ import main
from vitrine.config.load import check

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty project, in which the test works."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()


def propose(monkeypatch: pytest.MonkeyPatch, file: str, name: str = "mine") -> dict:
    """The study that is proposed, after a check of the whole configuration."""
    monkeypatch.setattr(sys, "argv", ["vitrine", "new-study", name, file])
    assert main() == 0
    path = Path("config") / f"{name}.yaml"
    check([ROOT / "config" / "config.yaml", path])
    return yaml.safe_load(path.read_text())["definitions"][name]


def test_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    bad = np.arange(400) % 20 == 0
    frame = pd.DataFrame(
        {
            "customer": np.arange(400) + 7000,
            "income": np.where(rng.random(400) < 0.1, np.nan, rng.normal(50, 10, 400)),
            "home": rng.choice(["rent", "own"], 400),
            "collected": np.where(bad, "yes", "no"),
            "outcome": np.where(bad, "bad", "good"),
        }
    )
    frame.to_csv("data/loans.csv", index=False)
    study = propose(monkeypatch, "data/loans.csv")
    assert study["data"] == {
        "domain": "table",
        "file": "data/loans.csv",
        "label": "outcome",
        "drop": ["customer"],
        "positive": "bad",
    }
    assert study["metric"] == "average_precision"
    assert study["scales"] == ["nano", "micro"]
    said = capsys.readouterr().out
    assert "400 rows, 5 columns." in said
    assert "`customer` looks like an identifier" in said
    assert "`collected` alone tells the label" in said
    assert "`home` alone" not in said
    assert f"`income` is a number, {frame['income'].isna().mean():.1%} missing." in said
    assert "2 classes: good 380, bad 20." in said
    assert "`good` is 19 times as frequent as `bad`" in said


def test_texts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame(
        {
            "words": [f"one of {n} texts about nothing" for n in range(30)],
            "split": ["train", "train", "test"] * 10,
            "mood": ["gay", "sad"] * 15,
        }
    )
    frame.loc[1, "words"] = "One of 0 texts, about nothing!"
    frame.to_json("data/t.jsonl", orient="records", lines=True)
    study = propose(monkeypatch, "data/t.jsonl")
    assert (study["data"]["text"], study["data"]["label"]) == ("words", "mood")
    assert (study["players"], study["split"]["kind"]) == (16, "given")
    assert (study["metric"], study["training"]["start"]) == ("log_loss", "documents")
    said = capsys.readouterr().out
    assert "1 texts stand there more than once" in said
    assert "with so few rows" in said


def test_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame(
        [(u, t, 1000 * t, 5) for u in range(5) for t in range(20)],
        columns=["User", "movieId", "timestamp", "rating"],
    )
    frame.to_parquet("data/h.parquet")
    study = propose(monkeypatch, "data/h.parquet")
    assert study["data"]["item"] == "movieId"
    assert study["data"]["rating"] == "rating"
    assert study["metric"] == "ndcg_10"


def test_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez("data/a.npz", images=np.zeros((30, 28, 28)), labels=np.arange(30) % 3)
    study = propose(monkeypatch, "data/a.npz")
    assert study["data"] == {"domain": "image", "file": "data/a.npz", "patch": 7}
    assert study["metric"] == "log_loss"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("shap", "a,b\n1,2\n", "`shap` cannot be a study's name"),
        ("../x", "a,b\n1,2\n", "cannot be a study's name"),
        ("mine", "a,b\n1,2\n2\n", "row 2: 1 cells"),
        ("mine", "a,b\n1,2\n3,4\n", "No column looks like a label"),
        ("mine", None, "There is no such file"),
    ],
)
def test_what_cannot_be_used(
    name: str,
    content: str | None,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        Path("data/x.csv").write_text(content)
    monkeypatch.setattr(sys, "argv", ["vitrine", "new-study", name, "data/x.csv"])
    assert main() == 2
    assert message in capsys.readouterr().err
    assert not Path("config").exists()


def test_nothing_is_overwritten(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("config").mkdir()
    Path("config/mine.yaml").write_text("mine")
    monkeypatch.setattr(sys, "argv", ["vitrine", "new-study", "mine", "data/x.csv"])
    assert main() == 2
    assert "exists already" in capsys.readouterr().err
    assert Path("config/mine.yaml").read_text() == "mine"
