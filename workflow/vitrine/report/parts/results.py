"""Reading what the stages wrote for one study."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.domains.registry import DOMAINS
from vitrine.explaining.selection import instance_weights
from vitrine.files import read_json
from vitrine.report.parts.faithfulness import mark_best
from vitrine.report.parts.verdict import Verdict
from vitrine.report.text import wording
from vitrine.report.text.language import say


@dataclass(frozen=True)
class TrainedModel:
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
        """How pages call it."""
        return say("study.model_name", scale=self.scale, seed=self.seed)

    def against(self, baseline: str, metric: str, split: str = "test") -> dict[str, Any]:
        """Its paired comparison with a baseline, see `compare_with_baselines`.

        Raises:
            KeyError: if there is none.
        """
        for row in self.evaluation["against"]:
            if (row["split"], row["baseline"], row["metric"]) == (split, baseline, metric):
                found: dict[str, Any] = row
                return found
        raise KeyError(f"no comparison with {baseline!r} by {metric!r} on {split!r}")


@dataclass(frozen=True)
class Baseline:
    """One classical baseline of a study."""

    name: str
    title: str
    metrics: pd.DataFrame
    """Columns as in `TrainedModel.metrics`."""
    trivial: bool
    """Whether it ignores the instance."""


@dataclass(frozen=True)
class StudyResults:
    """The results of one study."""

    study: str
    folder: Path
    task: str
    datasheet: dict[str, Any]
    models: list[TrainedModel]
    chosen: TrainedModel
    """The model that was selected on validation; its predictions are explained."""
    selection_metric: str
    baselines: list[Baseline]
    faithfulness: pd.DataFrame
    """Columns ``split, instance, method, measure, value``; of the chosen model."""
    means: pd.DataFrame
    """Means of the measures, see `vitrine.validation.means.method_means`, and whether each is the
    ``best`` of its split and measure, the random ranking left out."""
    verdict: Verdict | None
    weights: pd.Series
    """How many instances of its split each explained one stands for, by split and instance."""

    @property
    def domain(self) -> str:
        """The kind of data, see `vitrine.data.domains.registry`."""
        domain: str = self.datasheet["domain"]
        return domain

    @property
    def panel(self) -> str:
        """How pages draw an instance, as ``words``, ``patches``, ``fields`` or a ``history``."""
        return DOMAINS[self.domain].panel

    @property
    def methods(self) -> list[str]:
        """The attribution methods that were validated, in the order in which they were run."""
        methods: list[str] = self.faithfulness["method"].drop_duplicates().tolist()
        return methods

    @property
    def chosen_path(self) -> str:
        """The folder of the chosen model, relative to that of the study."""
        return self.chosen.folder.relative_to(self.folder).as_posix()


def find_row(metrics: pd.DataFrame, metric: str, split: str) -> pd.Series:
    """The row of one metric on one split.

    Raises:
        KeyError: if it is not in the table.
    """
    rows = metrics[(metrics["metric"] == metric) & (metrics["split"] == split)]
    if rows.empty:
        raise KeyError(f"no metric {metric!r} on split {split!r}")
    return rows.iloc[0]


def load_results(study: str, folder: Path) -> StudyResults:
    """Read the results of a study.

    The models are the candidates that ``chosen.json`` names, so that folders left over from an
    earlier configuration do not enter the report.

    Args:
        study: its name.
        folder: ``results/<study>``.
    """
    choice = read_json(folder / "chosen.json")
    models = [
        _load_model(folder, candidate["scale"], candidate["seed"])
        for candidate in choice["candidates"]
    ]
    chosen = next(
        model for model in models if (model.scale, model.seed) == (choice["scale"], choice["seed"])
    )
    baselines = read_json(folder / "baseline" / "evaluation.json")["baselines"]
    verdict = read_json(chosen.folder / "verdict.json")
    faithfulness = pd.read_parquet(chosen.folder / "faithfulness.parquet")
    return StudyResults(
        study=study,
        folder=folder,
        task=chosen.evaluation["task"],
        datasheet=read_json(folder / "data" / "datasheet.json"),
        models=models,
        chosen=chosen,
        selection_metric=choice["metric"],
        baselines=[
            Baseline(
                name,
                wording.baseline_title(facts["title"]),
                pd.DataFrame(facts["metrics"]),
                facts["trivial"],
            )
            for name, facts in baselines.items()
        ],
        faithfulness=faithfulness,
        means=mark_best(pd.read_parquet(chosen.folder / "means.parquet")),
        verdict=Verdict(verdict) if verdict else None,
        weights=instance_weights(
            pd.read_parquet(chosen.folder / "predictions.parquet"), faithfulness
        ),
    )


def load_all_results(folders: dict[str, Path]) -> list[StudyResults]:
    """Read the results of all studies, in their order.

    Args:
        folders: study to its folder ``results/<study>``.
    """
    return [load_results(study, folder) for study, folder in folders.items()]


def _load_model(study_folder: Path, scale: str, seed: int) -> TrainedModel:
    folder = study_folder / scale / f"seed{seed}"
    evaluation = read_json(folder / "evaluation.json")
    metrics = pd.DataFrame(evaluation["metrics"])
    return TrainedModel(scale, seed, folder, evaluation["parameters"], metrics, evaluation)


def load_histories(results: StudyResults) -> pd.DataFrame:
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


def load_attributions(results: StudyResults) -> pd.DataFrame:
    """The attributions of the chosen model by all methods that were validated."""
    folder = results.chosen.folder / "attributions"
    return pd.concat(
        [pd.read_parquet(folder / f"{method}.parquet") for method in results.methods],
        ignore_index=True,
    )
