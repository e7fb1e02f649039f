"""Reading what the stages wrote for one study."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.files import read_json
from vitrine.report.parts.verdict import Verdict
from vitrine.report.text import wording
from vitrine.report.text.language import say


@dataclass(frozen=True)
class Model:
    """One trained transformer of a study."""

    scale: str
    seed: int
    folder: Path
    parameters: int
    metrics: pd.DataFrame
    """Columns ``split, metric, value, low, high, n, higher_is_better``."""
    evaluation: dict[str, Any]

    @property
    def name(self) -> str:
        return say("study.model_name", scale=self.scale, seed=self.seed)


@dataclass(frozen=True)
class Baseline:
    """One classical baseline of a study."""

    name: str
    title: str
    metrics: pd.DataFrame
    """Columns as in `Model.metrics`."""


@dataclass(frozen=True)
class Results:
    """The results of one study."""

    study: str
    folder: Path
    task: str
    datasheet: dict[str, Any]
    models: list[Model]
    chosen: Model
    """The model that was selected on validation; its predictions are explained."""
    selection_metric: str
    baselines: list[Baseline]
    faithfulness: pd.DataFrame
    """Columns ``split, instance, method, measure, value``; of the chosen model."""
    comparisons: pd.DataFrame
    """Pairs of methods, see `vitrine.validation.comparison.compare`."""
    verdict: Verdict | None

    @property
    def headline_metric(self) -> str:
        """HR@10 for rankings, AUC for two classes, accuracy for more."""
        if self.task == "ranking":
            return "hit_rate_10"
        classes = self.chosen.evaluation["confusion"]["test"]["labels"]
        return "auc" if len(classes) == 2 else "accuracy"

    @property
    def domain(self) -> str:
        """``text``, ``image``, ``sequence`` or ``table``."""
        return self.datasheet["domain"]

    @property
    def methods(self) -> list[str]:
        """The attribution methods that were validated, in the order in which they were run."""
        return self.faithfulness["method"].drop_duplicates().tolist()


def row(metrics: pd.DataFrame, metric: str, split: str) -> pd.Series:
    """The row of one metric on one split.

    Raises:
        KeyError: if it is not in the table.
    """
    found = metrics[(metrics["metric"] == metric) & (metrics["split"] == split)]
    if found.empty:
        raise KeyError(f"no metric {metric!r} on split {split!r}")
    return found.iloc[0]


def load_results(study: str, folder: Path) -> Results:
    """Read the results of a study.

    The models are the candidates that ``chosen.json`` names, so that folders left over from an
    earlier configuration do not enter the report.

    Args:
        study: its name.
        folder: ``results/<study>``.
    """
    chosen = read_json(folder / "chosen.json")
    models = [_model(folder, one["scale"], one["seed"]) for one in chosen["candidates"]]
    best = next(m for m in models if (m.scale, m.seed) == (chosen["scale"], chosen["seed"]))
    baselines = read_json(folder / "baseline" / "evaluation.json")["baselines"]
    verdict = read_json(best.folder / "verdict.json")
    return Results(
        study=study,
        folder=folder,
        task=best.evaluation["task"],
        datasheet=read_json(folder / "data" / "datasheet.json"),
        models=models,
        chosen=best,
        selection_metric=chosen["metric"],
        baselines=[
            Baseline(name, wording.baseline(facts["title"]), pd.DataFrame(facts["metrics"]))
            for name, facts in baselines.items()
        ],
        faithfulness=pd.read_parquet(best.folder / "faithfulness.parquet"),
        comparisons=pd.read_parquet(best.folder / "comparisons.parquet"),
        verdict=Verdict(verdict) if verdict else None,
    )


def _model(folder: Path, scale: str, seed: int) -> Model:
    own = folder / scale / f"seed{seed}"
    evaluation = read_json(own / "evaluation.json")
    metrics = pd.DataFrame(evaluation["metrics"])
    return Model(scale, seed, own, evaluation["parameters"], metrics, evaluation)


def load_histories(results: Results) -> pd.DataFrame:
    """Learning curves of all models: ``scale, seed, epoch, split, metric, value``."""
    return pd.concat(
        [
            pd.read_parquet(model.folder / "history.parquet").assign(
                scale=model.scale, seed=model.seed
            )
            for model in results.models
        ],
        ignore_index=True,
    )


def load_attributions(results: Results) -> pd.DataFrame:
    """The attributions of the chosen model by all methods that were validated."""
    folder = results.chosen.folder / "attributions"
    return pd.concat(
        [pd.read_parquet(folder / f"{method}.parquet") for method in results.methods],
        ignore_index=True,
    )
