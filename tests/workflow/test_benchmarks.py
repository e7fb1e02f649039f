"""Every benchmark runs to its end on a tiny setting and writes what it promises.

The numbers mean nothing here; only their shape is checked. The setting of `tracking_load` is tested
with the tracker.
"""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from running import ROOT, SMOKE

BENCHMARKS = ROOT / "benchmarks"
TINY = """
studies: [credit]
scales: [nano]
definitions:
  credit: {training: {epochs: 1}}
"""
# Several benchmarks in one process: each would import torch and the peers' packages again.
DRIVER = """
import runpy, sys
sys.path.insert(0, sys.argv[1])
for line in sys.stdin.read().splitlines():
    sys.argv = line.split()
    print("#", sys.argv[0])
    runpy.run_module(sys.argv[0], run_name="__main__")
"""


def run(*commands: str) -> dict[str, str]:
    """Run benchmarks one after the other in one process; what each has printed, by name."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(BENCHMARKS)],
        input="\n".join(commands),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    parts = re.split(r"(?m)^# (\w+)$", done.stdout)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def page(folder: Path) -> Path:
    """A page with the two markers between which `shapley_coverage` writes its tables."""
    path = folder / "page.md"
    script = "benchmarks/shapley_coverage.py"
    path.write_text(f"before\n<!-- begin: {script} -->\nold\n<!-- end: {script} -->\nafter\n")
    return path


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("bench")
    config = folder / "tiny.yaml"
    config.write_text(TINY)
    project = folder / "project"
    # The evaluations need the models, and the choice needs the evaluations.
    target = "results/credit/chosen.json"
    games = "--games 2 --multiples 4 8"
    return run(
        f"run_cost --cores 2 --configfile {SMOKE} {config} --folder {project} --targets {target}",
        f"shapley_accuracy --results {project}/results --out {folder}/shapley {games}",
        f"shapley_coverage --quick --games glove smooth --out {folder}/coverage "
        f"--docs {page(folder)}",
        f"shapley_known_peers --ours {folder}/coverage/cells.csv --out {folder}/known --seeds 1",
        f"time_to_accuracy {project} --output {folder}/time --truths {folder}/truths {games}",
        f"explanation_speed {project} --output {folder}/speed --scale nano --evaluations 32 "
        "--quick --repeats 1",
        "dag_scale --jobs 60",
        f"honest_intervals --quick --out {folder}/intervals",
        "emergence_breaks --runs 4 --seeds 3 --noise 0.05",
        "prepare_size --rows 800 --megabytes 4",
        f"public_sets --quick --sets titanic bird_strikes --targets select baseline --cores 2 "
        f"--output {folder}/sets",
    ) | {"folder": str(folder)}


def finite(table: pd.DataFrame, *columns: str) -> bool:
    return bool(np.isfinite(table[list(columns)].to_numpy(dtype=float)).all())


def test_every_benchmark_is_tested_here_or_with_the_tracker(printed: dict[str, str]) -> None:
    scripts = {p.stem for p in BENCHMARKS.glob("*.py") if "__main__" in p.read_text()}
    assert scripts == {*printed} - {"folder"} | {"tracking_load"}


def test_run_cost_states_stages_and_shares(printed: dict[str, str]) -> None:
    text = printed["run_cost"]
    assert {"prepare", "train", "evaluate", "select"} <= set(re.findall(r"(?m)^(\w+) +\d+", text))
    share = re.search(r"useful share of wall x cores +([\d.]+)%", text)
    assert share is not None
    assert 0 < float(share[1]) <= 100
    for line in ("wall time", "CPU time in all", "second run with nothing to do", "dry run"):
        assert re.search(rf"(?m)^{line} +[\d.]+ s$", text)


def test_shapley_accuracy_has_an_error_of_every_estimator(printed: dict[str, str]) -> None:
    folder = Path(printed["folder"]) / "shapley"
    errors = pd.read_parquet(folder / "errors.parquet")
    assert finite(errors, "squared_error", "squared_size", "evaluations", "cpu_seconds")
    counts = errors.groupby(["instance", "multiple"]).estimator.nunique()
    assert (counts == errors.estimator.nunique()).all()
    assert counts.size == 4
    ours = errors[errors.estimator.str.startswith("vitrine")]
    assert ours.estimator.nunique() >= 3
    assert ours.coverage.between(0, 1).all()
    means = pd.read_csv(folder / "means.csv")
    assert finite(means, "mean", "median", "truth", "evaluations_per_player")
    assert "largest ratio" in (folder / "tables.md").read_text()
    assert (folder / "errors.png").stat().st_size > 1000


def test_honest_intervals_has_shares_of_every_case(printed: dict[str, str]) -> None:
    rows = pd.read_json(Path(printed["folder"]) / "intervals" / "intervals.json")
    assert {"6 methods, normal", "auc, equal, 50%"} <= {*rows["case"]}
    assert rows["wrong"].between(0, 1).all()
    assert rows["means covered"].between(0, 1).all()


def test_shapley_coverage_writes_every_cell_into_a_page(printed: dict[str, str]) -> None:
    folder = Path(printed["folder"])
    cells = pd.read_csv(folder / "coverage" / "cells.csv")
    assert cells.groupby(["game", "players", "multiple"]).size().size == len(cells) == 4
    assert set(cells.game) == {"glove", "smooth"}
    assert cells.coverage.between(0, 1).all()
    assert finite(cells, "error", "rms_error", "rms_std_error")
    text = (folder / "page.md").read_text()
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("-->\nafter\n")
    assert len(re.findall(r"(?m)^\| (?:glove|smooth) \|", text)) == 6


def test_shapley_known_peers_stand_beside_our_errors(printed: dict[str, str]) -> None:
    means = pd.read_csv(Path(printed["folder"]) / "known" / "means.csv")
    assert len(means) == 4
    assert finite(means, "gaussian_process", "KernelSHAP")
    assert "mean absolute error" in printed["shapley_known_peers"]


def test_time_to_accuracy_has_a_time_for_every_goal(printed: dict[str, str]) -> None:
    folder = Path(printed["folder"]) / "time"
    table = pd.read_csv(folder / "time_to_accuracy.csv")
    assert list(table) == ["study", "estimator", "goal", "seconds"]
    assert (table.groupby("estimator").goal.nunique() == 2).all()
    # A goal that no budget has reached has no time.
    assert table.seconds.notna().any()
    assert (table.seconds.dropna() > 0).all()
    assert re.search(r"\d \(1\.0\)", (folder / "time_to_accuracy.md").read_text())
    assert (folder / "time_to_accuracy.png").stat().st_size > 1000


def test_explanation_speed_has_ratios_and_axes(printed: dict[str, str]) -> None:
    folder = Path(printed["folder"]) / "speed"
    table = pd.read_csv(folder / "explanation_speed.csv")
    assert finite(table, "seconds", "players", "evaluations", "instances")
    methods = table[table.part == "methods"].set_index("method")
    assert {"Vitrine shap", "Vitrine lime", "shap KernelExplainer"} <= set(methods.index)
    assert finite(methods, "ratio")
    assert methods.ratio["floor: full-length passes"] == 1
    scaled = table[table.part != "methods"]
    axes = {f"scaling by {axis}" for axis in ("players", "evaluations", "instances")}
    assert set(scaled.part) == axes
    assert finite(scaled, "mebibytes")
    assert (folder / "explanation_speed.png").stat().st_size > 1000


def test_dag_scale_plans_the_jobs(printed: dict[str, str]) -> None:
    jobs, wall, cpu, memory = map(float, printed["dag_scale"].splitlines()[-1].split())
    assert jobs > 60
    assert min(wall, cpu, memory) > 0


def test_prepare_size_states_growth(printed: dict[str, str]) -> None:
    growth = dict(re.findall(r"(?m)^(\w+): ([\d.]+) times the CPU time", printed["prepare_size"]))
    assert set(growth) == {"table", "text"}
    assert all(float(factor) > 0 for factor in growth.values())
    rows = re.findall(r"(?m)^table +([\d,]+) ", printed["prepare_size"])
    assert rows == ["200", "800"]


def test_public_sets_compares_with_the_best_baseline(printed: dict[str, str]) -> None:
    table = pd.read_csv(Path(printed["folder"]) / "sets" / "public_sets.csv")
    assert table.set.tolist() == ["titanic", "bird_strikes"]
    assert table.rows.tolist() == [1309, 1900]
    assert table.classes.tolist() == [2, 4]
    assert finite(table, "baseline_auc", "auc", "difference", "low", "high")
    assert table.difference.to_numpy() == pytest.approx((table.auc - table.baseline_auc).to_numpy())
    assert (table.low <= table.difference).all()
    assert (table.difference <= table.high).all()
    assert re.search(r"(?m)^\| titanic \| 1,309 \| 2 \| \w+ \| 0\.\d+ \|", printed["public_sets"])


def test_emergence_breaks_has_a_row_for_every_simulated_loss(printed: dict[str, str]) -> None:
    rows = [line.strip("| ").split(" | ") for line in printed["emergence_breaks"].splitlines()]
    # Without the lines of the column names.
    cells = {row[0]: row[1:] for row in rows if len(row) == 6 and row[-1].endswith("%")}
    assert len(cells) == 19
    for name in ("power law, exponent 1", "jump"):
        runs, noise, *shares = cells[name]
        assert (runs, noise) == ("3", "0.05")
        assert sum(float(share.rstrip("%")) for share in shares) == 100
