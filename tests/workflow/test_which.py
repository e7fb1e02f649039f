"""From a file to the run behind it, and whether its stage makes it again."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from vitrine.commands.reproduce import DIFFERENT, EQUAL, WITHIN, compare
from vitrine.commands.which import which
from vitrine.files import sha256, write_json, write_table
from vitrine.tracking import environment, versions
from vitrine.tracking.job import job
from vitrine.tracking.outputs import (
    DamagedFileError,
    all_recorded_files,
    check_input,
    damaged_outputs,
    recorded_file,
    reset_future_timestamps,
)
from vitrine.tracking.paths import find_records, latest_records

FOLDER = Path("results/reviews/small/seed0")
TABLE = FOLDER / "attributions/shap.parquet"
DIAGNOSTICS = FOLDER / "diagnostics/shap.parquet"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VITRINE_INVOCATION", raising=False)


def script(stage: str, inputs: list[Path], outputs: list[Path], **changes) -> SimpleNamespace:
    content = {
        "input": [str(path) for path in inputs],
        "output": [str(path) for path in outputs],
        "params": {"code": "c0de"},
        "wildcards": {"study": "reviews", "scale": "small", "seed": "0"},
        "log": [f"logs/{stage}.log"],
        "threads": 1,
    }
    return SimpleNamespace(**(content | changes))


def write(*paths: Path, value: float = 1.0) -> None:
    for path in paths:
        write_table(path, pd.DataFrame({"player": ["a", "b"], "value": [value, 2.0]}))


def explain(value: float = 1.0) -> None:
    this = script("explain", [], [TABLE, DIAGNOSTICS])
    with job(this, "explain"):
        write(TABLE, DIAGNOSTICS, value=value)


def test_the_last_finished_attempt_made_the_file() -> None:
    explain()
    explain(value=3.0)
    for path in (TABLE, DIAGNOSTICS):
        made = recorded_file(path)
        assert made is not None
        assert made.record == TABLE.parent / "records/explain.2.jsonl"
        assert made.digest == sha256(path)
    assert len(list(find_records())) == 2
    assert [path.name for path in latest_records()] == ["explain.2.jsonl"]
    assert recorded_file(FOLDER / "unknown.json") is None
    assert recorded_file(TABLE.absolute()) == recorded_file(TABLE)


def test_files_elsewhere_are_made_by_no_job_and_nothing_is_searched_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(_: Path) -> list[Path]:
        raise AssertionError

    monkeypatch.setattr("vitrine.tracking.paths.find_records", never)
    assert recorded_file(Path.cwd().parent / "model.safetensors") is None


def test_which_says_where_a_file_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    explain()
    with job(script("validate", [TABLE], [FOLDER / "verdict.json"]), "validate"):
        write_json(FOLDER / "verdict.json", {"best": "shap"})
    assert which(FOLDER / "verdict.json") == 0
    shown = capsys.readouterr().out
    for part in (
        "validate (study reviews, scale small, seed 0)",
        f"as recorded, {(FOLDER / 'verdict.json').stat().st_size} bytes",
        f"{sha256(TABLE)[:12]}  {TABLE}",
        "digest c0de",
        "not in MLflow yet: make track",
        f"snakemake --cores 1 --force -- {FOLDER / 'verdict.json'}",
        f"make reproduce TARGET={FOLDER / 'verdict.json'}",
    ):
        assert part in shown
    # The same from an absolute path, and for what nobody has made.
    assert which((FOLDER / "verdict.json").absolute()) == 0
    assert capsys.readouterr().out == shown
    assert which(Path("results/nothing.json")) == 1


def test_many_files_and_many_points_are_found_at_the_end_of_a_record() -> None:
    outputs = [FOLDER / f"attention/picture-{number}.png" for number in range(300)]
    with job(script("attention", [], outputs), "attention") as record:
        for step in range(2000):
            record.metrics({"loss": step}, step=step)
        FOLDER.joinpath("attention").mkdir(exist_ok=True)
        for path in outputs:
            path.write_text(path.name)
    assert [made.path for made in all_recorded_files()] == outputs


def test_a_file_in_a_folder_that_is_an_output() -> None:
    pictures = FOLDER / "attention/heatmaps"
    with job(script("attention", [], [FOLDER / "attention/maps.npz", pictures]), "attention"):
        pictures.mkdir(parents=True)
        (pictures / "test-3.png").write_bytes(b"picture")
        (FOLDER / "attention/maps.npz").write_bytes(b"maps")
    made = recorded_file(pictures / "test-3.png")
    assert made is not None
    assert made.output == pictures
    (pictures / "test-3.png").write_bytes(b"pic")
    assert [output for output, _ in damaged_outputs(all_recorded_files())] == [pictures]
    (pictures / "test-3.png").unlink()
    assert [output for output, _ in damaged_outputs(all_recorded_files())] == [pictures]
    shutil.rmtree(pictures)
    assert list(damaged_outputs(all_recorded_files())) == []


def test_a_damaged_input_stops_the_job_and_is_set_aside() -> None:
    explain()
    whole = TABLE.read_bytes()
    TABLE.write_bytes(whole[:100])
    this = script("validate", [TABLE], [FOLDER / "verdict.json"])
    with (
        pytest.raises(DamagedFileError, match=r"shap\.parquet is not what the stage explain wrote"),
        job(this, "validate"),
    ):
        raise AssertionError("must not be reached")
    assert not TABLE.exists()
    assert TABLE.with_name("shap.parquet.damaged").read_bytes() == whole[:100]
    explain()
    assert check_input(TABLE) == sha256(TABLE)
    # A second time the first one makes no room.
    TABLE.write_bytes(b"")
    with pytest.raises(DamagedFileError, match=r"0 bytes instead of .* as .*\.damaged2\."):
        check_input(TABLE)


def test_only_what_a_finished_job_recorded_can_be_damaged() -> None:
    write(TABLE)
    with (
        pytest.raises(FileNotFoundError),
        job(script("explain", [], [TABLE, DIAGNOSTICS]), "explain"),
    ):
        pass
    TABLE.write_bytes(b"")
    assert list(damaged_outputs(all_recorded_files())) == []
    assert check_input(TABLE) == sha256(TABLE)


def test_files_from_the_future_come_back() -> None:
    import os
    import time

    explain()
    later = time.time() + 1000
    os.utime(TABLE, (later, later))
    assert reset_future_timestamps(all_recorded_files()) == [TABLE]
    assert TABLE.stat().st_mtime <= time.time()
    assert reset_future_timestamps(all_recorded_files()) == []


def test_another_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    explain()
    assert environment.differences() == []
    here = versions.versions()
    monkeypatch.setattr(environment, "versions", lambda: here | {"numpy": "9.9", "mlflow": "9.9"})
    assert environment.differences() == [
        f"numpy {np.__version__} made 1 of the results, here is 9.9 (e.g. {TABLE})"
    ]


def made_again(tmp_path: Path, name: str, write_first, write_second) -> str:
    """The verdict on a file that is written once in the project and once elsewhere."""
    original = FOLDER / name
    with job(script("explain", [], [original]), "explain"):
        original.parent.mkdir(parents=True, exist_ok=True)
        write_first(original)
    again = tmp_path / "again" / name
    again.parent.mkdir(exist_ok=True)
    write_second(again)
    made = recorded_file(original)
    assert made is not None
    return " ".join(str(part) for part in vars(compare(made, again)).values()).strip()


def table(**columns):
    return lambda path: pd.DataFrame(columns).to_parquet(path, index=False)


@pytest.mark.parametrize(
    ("name", "first", "second", "verdict"),
    [
        ("a.parquet", table(x=[1.0, 2.0]), table(x=[1.0, 2.0]), EQUAL),
        (
            "a.parquet",
            table(x=[1.0, 2.0]),
            table(x=[1.0, 2.0 + 1e-7]),
            f"{WITHIN} largest difference 1e-07 in column x",
        ),
        (
            "a.parquet",
            table(x=[1.0, 2.0], y=["a", "b"]),
            table(x=[1.0, 2.0], y=["a", "c"]),
            f"{DIFFERENT} column y: 1 of 2 values, first at 1: 'b' was, 'c' is",
        ),
        (
            "a.parquet",
            table(x=[1.0, 2.0]),
            table(x=[1.5, 2.5]),
            f"{DIFFERENT} column x: 2 of 2 values, first at 0: 1.0 was, 1.5 is",
        ),
        (
            "a.parquet",
            table(x=[1.0]),
            table(x=[1.0, 2.0]),
            f"{DIFFERENT} column x: float64(1,) was, float64(2,) is",
        ),
        (
            "a.parquet",
            table(x=[1.0]),
            table(y=[1.0]),
            f"{DIFFERENT} column x is only in one of them",
        ),
        (
            "a.json",
            lambda path: write_json(path, {"b": [{"auc": 0.5}], "n": 3}),
            lambda path: write_json(path, {"b": [{"auc": 0.6}], "n": 3}),
            f"{DIFFERENT} b[0].auc: 1 of 1 values, first at 0: 0.5 was, 0.6 is",
        ),
        (
            "a.safetensors",
            lambda path: save_file({"w": np.ones(3, np.float32)}, path),
            lambda path: save_file({"w": np.float32([1, 1, 2])}, path),
            f"{DIFFERENT} w: 1 of 3 values, first at 2: 1.0 was, 2.0 is",
        ),
        (
            "a.npz",
            lambda path: np.savez(path, w=np.array([1.0, np.nan])),
            lambda path: np.savez(path, w=np.array([1.0, np.nan]), allow_pickle=False),
            EQUAL,
        ),
        (
            "a.html",
            lambda path: path.write_text("<p>"),
            lambda path: path.write_text("<b>"),
            f"{DIFFERENT} the bytes differ",
        ),
    ],
)
def test_files_are_compared_by_what_they_say(tmp_path, name, first, second, verdict) -> None:
    assert made_again(tmp_path, name, first, second) == verdict
