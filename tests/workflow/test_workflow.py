"""The workflow as its users run it: every rule, reruns and failures, on real files and stores."""

import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from running import ROOT, SMOKE, command, copy_of_the_project, runs, snakemake

FOUR = ("--configfile", str(SMOKE), str(Path(__file__).with_name("four_studies.yaml")))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder in which the smoke configuration has run from end to end, on all four studies."""
    folder = tmp_path_factory.mktemp("smoke")
    printed = snakemake(folder, *FOUR)
    folder.joinpath("printed.txt").write_text(printed)
    return folder


STUDIES = ("reviews", "digits", "movies", "credit")
# Studies whose first model is trained once more without token dropping.
DROPPING = ["credit"]
METHODS = (
    "shap",
    "lime",
    "occlusion",
    "gradient",
    "integrated_gradients",
    "rollout",
    "random",
)


def chosen(folder, study):
    import json

    choice = json.loads((folder / "results" / study / "chosen.json").read_text())
    return folder / "results" / study / choice["scale"] / f"seed{choice['seed']}"


@pytest.mark.parametrize("study", STUDIES)
def test_every_stage_wrote_its_files(finished, study):
    data = finished / "results" / study / "data"
    for name in ("train.parquet", "validation.parquet", "test.parquet", "datasheet.json"):
        assert (data / name).stat().st_size > 0
    for scale in ("nano", "micro"):
        model = finished / "results" / study / scale / "seed0"
        for name in ("model.safetensors", "history.parquet", "evaluation.json"):
            assert (model / name).stat().st_size > 0
        assert not (model / "checkpoint.safetensors").exists()
    model = chosen(finished, study)
    for method in METHODS:
        table = pd.read_parquet(model / "attributions" / f"{method}.parquet")
        assert list(table.columns) == [
            "split",
            "instance",
            "player",
            "player_name",
            "target",
            "method",
            "value",
            "std_error",
            "base_value",
            "full_value",
            "evaluations",
        ]
        assert set(table.split) == {"validation", "test"}
        assert table.groupby("split").instance.nunique().tolist() == [4, 4]
        assert table.value.notna().all()
        values = pd.read_parquet(model / "coalitions" / f"{method}.parquet")
        assert not values.duplicated(["split", "instance", "coalition"]).any()
        asked = table.drop_duplicates(["split", "instance"]).evaluations.sum()
        assert len(values) == asked
    faithfulness = pd.read_parquet(model / "faithfulness.parquet")
    assert list(faithfulness.columns) == ["split", "instance", "method", "measure", "value"]
    assert set(faithfulness.method) == set(METHODS)
    assert (finished / "results" / "report" / f"{study}.html").stat().st_size < 5_000_000


@pytest.mark.parametrize("study", STUDIES)
def test_shap_values_are_efficient_and_methods_agree_on_the_game(finished, study):
    folder = chosen(finished, study) / "attributions"
    tables = {method: pd.read_parquet(folder / f"{method}.parquet") for method in METHODS}
    shap = tables["shap"].groupby(["split", "instance"])
    gap = shap.value.sum() - (shap.full_value.first() - shap.base_value.first())
    assert gap.abs().max() < 1e-6
    assert tables["shap"].evaluations.max() <= 64
    ends = {
        method: table.groupby(["split", "instance"])[["base_value", "full_value"]].first()
        for method, table in tables.items()
    }
    for method in METHODS:
        pd.testing.assert_frame_equal(ends[method], ends["shap"], atol=1e-4)


def test_the_run_ends_with_the_report_the_runs_and_the_headline(finished):
    printed = finished.joinpath("printed.txt").read_text()
    # Found beside the Snakefile, from whatever folder it is started.
    assert f"workflow specific profile {ROOT}/profiles/default" in printed
    assert "Report: results/report/index.html" in printed
    assert "make ui" in printed
    for study in STUDIES:
        assert f"{study.capitalize()} (" in printed


def test_every_job_is_a_run_under_the_parent_in_the_experiment_of_its_study(finished):
    table = runs(finished)
    assert (table.status == "FINISHED").all()
    (parent,) = table[table.stage == "invocation"].run
    jobs = table[table.stage != "invocation"]
    assert (jobs["mlflow.parentRunId"] == parent).all()
    (graph,) = finished.glob(f"mlartifacts/**/{parent}/artifacts/*.jobs.mmd")
    assert "validate_attributions" in graph.read_text()
    of_studies = jobs[jobs.study.notna()]
    assert (of_studies.experiment == of_studies.study).all()
    counts = of_studies.groupby(["study", "stage"]).size()
    for study in STUDIES:
        assert counts[study].to_dict() == {
            "prepare": 1,
            "baseline": 1,
            "train": 2,
            "evaluate": 2,
            "select": 1,
            "attention": 1,
            "removal": 1,
            "tune": 1,
            "explain": len(METHODS),
            "interactions": 1,
            "validate": 1,
            "permuted": 1,
            "robustness": 1,
            "depth": 1,
            "page": 1,
        } | ({"whole": 1} if study in DROPPING else {})
    assert (jobs.code_digest.str.len() == 16).all()
    train = jobs[(jobs.stage == "train") & (jobs.study == "credit")].iloc[0]
    assert train.params["training.epochs"] == "2"
    assert "validation/auc" in train.metrics


def test_a_trained_model_can_be_loaded_from_the_store(finished, monkeypatch):
    import mlflow

    monkeypatch.chdir(finished)
    client = mlflow.MlflowClient(f"sqlite:///{finished}/mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{finished}/mlflow.db")
    experiment = client.get_experiment_by_name("credit")
    models = client.search_logged_models([experiment.experiment_id])
    assert sorted(model.name for model in models) == ["credit-micro-seed0", "credit-nano-seed0"]
    (model,) = (one for one in models if one.name == "credit-nano-seed0")
    data = finished / "results" / "credit"
    served = mlflow.pyfunc.load_model(f"models:/{model.model_id}")
    scores = served.predict(pd.read_parquet(data / "data" / "test.parquet"))
    kept = pd.read_parquet(data / "nano" / "seed0" / "predictions.parquet")
    kept = kept[kept.split == "test"].reset_index(drop=True)
    pd.testing.assert_frame_equal(scores, kept[scores.columns], check_exact=True)
    example = served.predict(served.input_example)
    assert example.shape == (2, 2)
    assert {column.name for column in served.metadata.get_input_schema()} >= {"Income", "Home"}
    chosen = client.get_model_version_by_alias("credit", "champion")
    assert f"credit-{chosen.tags['scale']}-seed0" in {one.name for one in models}


def test_a_second_run_does_nothing_and_starts_nothing(finished):
    before = len(runs(finished))
    assert "Nothing to be done" in snakemake(finished, *FOUR)
    more = ("--set-resources", "train_model:mem_mb=9000", "--set-threads", "train_model=2")
    assert "Nothing to be done" in snakemake(finished, *FOUR, *more)
    assert len(runs(finished)) == before


def jobs_of(printed):
    """Jobs of a dry run by rule."""
    table = printed.split("Job stats:")[1].split("\n\n")[0].strip().splitlines()[2:]
    return {row.split()[0]: int(row.split()[1]) for row in table}


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("lime", {"explain_instances": 4, "lime": 1}),
        ("validate", {"explain_instances": 28, "validate_attributions": 4, "validate": 1}),
        ("prepare", {"prepare_study": 4, "prepare": 1}),
    ],
)
def test_a_named_target_is_one_stage(finished, target, rules):
    """With everything above it present, a stage's target runs that stage for every study."""
    force = {
        "lime": ["explain_instances"],
        "validate": ["explain_instances", "validate_attributions"],
        "prepare": ["prepare_study"],
    }[target]
    until = ["--allowed-rules", *rules] if target == "prepare" else []
    printed = snakemake(finished, *FOUR, "-n", "--forcerun", *force, *until, "--", target)
    assert {name: count for name, count in jobs_of(printed).items() if name != "total"} == rules


def test_a_study_is_a_target(tmp_path):
    few = "explanation={methods: [shap, random]}"
    choices = ("--config", "studies=[planted]", "scales=[nano]", few)
    printed = snakemake(tmp_path, "--configfile", str(SMOKE), *choices, "--", "planted")
    assert jobs_of(printed)["train_model"] == 1
    assert jobs_of(printed)["prepare_study"] == 1
    assert (tmp_path / "results" / "report" / "planted.html").exists()
    assert not (tmp_path / "results" / "report" / "index.html").exists()
    faithfulness = pd.read_parquet(
        tmp_path / "results" / "planted" / "nano" / "seed0" / "faithfulness.parquet"
    )
    assert "auprc" in set(faithfulness.measure)


def test_changing_one_option_reruns_only_what_depends_on_it(finished):
    printed = snakemake(finished, *FOUR, "-n", "--config", "explanation={lime: {samples: 80}}")
    jobs = jobs_of(printed)
    assert jobs["explain_instances"] == 4
    assert jobs["validate_attributions"] == 4
    assert jobs["check_robustness"] == 4
    assert not {"prepare_study", "train_model", "evaluate_model", "map_attention"} & set(jobs)


def test_one_file_can_be_made_again_and_comes_out_the_same(finished):
    path = chosen(finished, "credit") / "attributions" / "shap.parquet"
    before = path.read_bytes()
    path.unlink()
    snakemake(finished, *FOUR, "--", str(path.relative_to(finished)))
    assert path.read_bytes() == before


def test_two_runs_of_a_study_give_the_same_numbers(finished, tmp_path):
    for name in ("digits", "movies"):
        snakemake(tmp_path, *FOUR, "--", name)
    compared = 0
    for name in ("digits", "movies"):
        for path in sorted((tmp_path / "results" / name).rglob("*")):
            if path.suffix in (".parquet", ".safetensors", ".npz") or path.name in (
                "evaluation.json",
                "chosen.json",
                "datasheet.json",
            ):
                other = finished / path.relative_to(tmp_path)
                assert path.read_bytes() == other.read_bytes(), path
                compared += 1
    assert compared > 50


def test_a_change_of_code_reruns_its_stages_and_a_comment_nothing(tmp_path):
    copy_of_the_project(tmp_path)
    config = tmp_path / "config" / "smoke.yaml"
    arguments = ("--configfile", str(config), "--config", "studies=[credit]")
    snakemake(tmp_path, *arguments, "--", "explain")
    lime = tmp_path / "workflow" / "vitrine" / "attribution" / "methods" / "lime" / "lime.py"
    code = lime.read_text()
    lime.write_text(code.replace("FEWEST = 64", "# Enough.\nFEWEST = 64"))
    assert "Nothing to be done" in snakemake(tmp_path, *arguments, "-n", "--", "explain")
    assert "FEWEST = 64" in code
    lime.write_text(code.replace("FEWEST = 64", "FEWEST = 32"))
    printed = snakemake(tmp_path, *arguments, "-n", "--", "explain")
    assert jobs_of(printed)["explain_instances"] == 1
    assert "lime.parquet" in printed


def test_a_failed_job_is_a_failed_run_with_the_end_of_its_log(tmp_path):
    copy_of_the_project(tmp_path)
    script = tmp_path / "workflow" / "vitrine" / "evaluation" / "fit_baselines.py"
    script.write_text(
        script.read_text().replace(
            "    encoding = load_encoding(folder)\n",
            '    raise RuntimeError("the baseline broke on purpose")\n',
            1,
        )
    )
    config = str(tmp_path / "config" / "smoke.yaml")
    printed = snakemake(
        tmp_path, "--configfile", config, "--config", "studies=[credit]", "--", "baseline", expect=1
    )
    assert "the baseline broke on purpose" in printed
    table = runs(tmp_path)
    failed = table[table.stage == "baseline"].iloc[0]
    assert failed.status == "FAILED"
    assert "the baseline broke on purpose" in failed.error
    assert table[table.stage == "invocation"].iloc[0].status == "FAILED"
    assert table[table.stage == "prepare"].iloc[0].status == "FINISHED"


def test_metrics_are_in_the_store_while_the_job_still_runs_and_a_kill_leaves_no_ghost(tmp_path):
    config = tmp_path / "long.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "studies": ["digits"],
                "scales": ["nano"],
                "definitions": {"digits": {"training": {"epochs": 5000, "patience": 5000}}},
            }
        )
    )
    with (tmp_path / "out.txt").open("w") as out:
        process = subprocess.Popen(
            command(tmp_path, "--configfile", str(SMOKE), str(config), "--", "train"),
            stdout=out,
            stderr=out,
            cwd=tmp_path,
            start_new_session=True,
        )
        try:
            points = 0
            deadline = time.monotonic() + 90
            while points < 10 and time.monotonic() < deadline and process.poll() is None:
                time.sleep(0.5)
                if (tmp_path / "mlflow.db").exists():
                    with sqlite3.connect(f"file:{tmp_path}/mlflow.db?mode=ro", uri=True) as store:
                        try:
                            points = store.execute("select count(*) from metrics").fetchone()[0]
                        except sqlite3.OperationalError:
                            continue
            assert process.poll() is None, (tmp_path / "out.txt").read_text()
            assert points >= 10
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)
    deadline = time.monotonic() + 30
    while (runs(tmp_path).status == "RUNNING").any() and time.monotonic() < deadline:
        time.sleep(0.5)
    table = runs(tmp_path).set_index("stage")
    assert "RUNNING" not in set(table.status)
    assert table.loc["train"].status in ("KILLED", "FAILED")


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "studies: [reviws]\nscales: [nano, nano]\n"
            "explanation: {instances: 0, methds: [shap]}\n",
            ["studies[0]", "reviews", "scales[1]", "explanation.instances", "methods", ":3"],
        ),
        ("seeds: zero\n", ["seeds", ":1"]),
    ],
)
def test_a_bad_configuration_stops_before_any_job_with_every_error(tmp_path, text, messages):
    path = tmp_path / "my.yaml"
    path.write_text(text)
    printed = snakemake(tmp_path, "--configfile", str(path), expect=1)
    for message in messages:
        assert message in printed
    assert "Traceback" not in printed
    assert not (tmp_path / "results").exists()
