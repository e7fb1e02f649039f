"""Stage `robustness`: does an explanation stay when it should, and change when it should?

It stays with another random seed, between models that differ by their training seed, and under
small changes of the input; and it changes when the model's weights are made random, or when the
model has learned permuted labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.attribution.registry import METHODS
from vitrine.data.encoding import load_encoding
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.cache import Known
from vitrine.explaining.game_settings import GameSettings
from vitrine.explaining.instances import Chosen, chosen_instances
from vitrine.explaining.resolve import settled
from vitrine.explaining.session import Explainer, Played
from vitrine.files import write_json, write_table
from vitrine.games.values import kind_for
from vitrine.models.machine import Machine
from vitrine.models.model import Model
from vitrine.models.storage import load_model
from vitrine.seeds import derive
from vitrine.stages.sanity import judge_sanity, randomise
from vitrine.tracking.record import Record
from vitrine.validation.robustness.sensitivity import max_sensitivity
from vitrine.validation.robustness.similarity import similarities
from vitrine.validation.robustness.small_changes import changed
from vitrine.validation.surrogate.surrogate import additivity_gap, interval_coverage

SPLIT = "test"
# Methods that draw coalitions, and chance itself for comparison.
SAMPLED = tuple(name for name, method in METHODS.items() if method.sampled)
# Methods whose values shall add up to what the players make together.
ADDITIVE = tuple(name for name, method in METHODS.items() if method.additive)

Row = tuple[str, int, str, str, str, float]


@dataclass(frozen=True)
class Checks:
    """How much is checked; the configuration says what each value means."""

    instances: int
    seeds: int
    draws: int
    change: float
    evaluations: int
    bound: float


@dataclass(frozen=True)
class PermutedFiles:
    """Where the model that has learned permuted labels is, and how well it knows them."""

    model: Path
    architecture: Path
    history: Path


def check_robustness(
    data: Path,
    model: Path,
    shape: Path,
    siblings: list[Path],
    permuted: PermutedFiles,
    predictions: Path,
    removal: Path,
    tuned: Path | None,
    attributions: list[Path],
    diagnostics: list[Path],
    coalitions: list[Path],
    robustness: Path,
    sanity: Path,
    sanity_verdict: Path,
    *,
    explanation: dict[str, Any],
    game: GameSettings,
    checks: Checks,
    statistics: StatisticsSettings,
    seed: int,
    machine: Machine,
    record: Record,
) -> None:
    """Check the explanations of some test instances of one model.

    Args:
        data: the study's data folder.
        model, shape, predictions: the model's files.
        siblings: weights of the models of other training seeds; ``model`` itself may be among them.
        removal, tuned: what the stages `removal` and, where LIME is explained, `tune` chose.
        permuted: the model that has learned permuted labels.
        attributions, diagnostics, coalitions: one table per method.
        robustness: table to write: ``check, instance, method, other, measure, value``, where the
            check is ``methods`` (against another method), ``seeds`` (another seed of the method),
            ``models`` (a model of another seed), ``inputs`` (a small change of the input) or
            ``surrogate`` (how good the additive model is that the method stands for, and how true
            its standard errors are).
        sanity: table to write: ``kind, part, instance, method, value``, Spearman's correlation of
            the absolute values with those of the trained model.
        sanity_verdict: JSON to write: pass or fail of each method by ``parameters`` and ``labels``
            (see `judge_sanity`), and ``labels_known``, the share of the permuted labels that the
            model which learned them knows.
        explanation: the section of the configuration.
        game: value function, removal and memory, as configured.
        checks: how much is checked.
        statistics: bootstrap settings.
        seed: base seed of everything drawn.
        machine: threads of torch and graphics cards.
        record: gets the mean of each measure by check and method.
    """
    device = machine.device()
    encoding = load_encoding(data)
    trained = load_model(model, shape).to(device)
    given = pd.concat([pd.read_parquet(path) for path in attributions], ignore_index=True)
    explanation = settled(explanation, removal, tuned)
    game = game.settled(explanation["removal"])
    explainer = Explainer(data, encoding, explanation, game)
    (chosen,) = (
        one
        for one in chosen_instances(
            data,
            predictions,
            encoding,
            trained,
            count=explanation["instances"],
            target=explanation["target"],
            seed=explanation["seed"],
        )
        if one.split == SPLIT
    )
    rows = between_methods(given[given["split"] == SPLIT])
    chosen = chosen.take(spread(chosen.examples.lengths, checks.instances))
    known = _of_chosen(given, chosen)
    details = pd.concat([pd.read_parquet(path) for path in diagnostics], ignore_index=True)
    rows += surrogates(given[given["split"] == SPLIT], details[details["split"] == SPLIT])
    errors = _of_chosen(given, chosen, "std_error")
    kind = kind_for(game.value, encoding.task == "ranking")
    values = Known.read(coalitions, kind, game.removal)
    played = explainer.games(trained, chosen, values)
    rows += _between_seeds(explainer, played, known, errors, checks, seed)
    others = [load_model(path, shape).to(device) for path in siblings if path != model]
    rows += _between_models(explainer, others, chosen, known, explanation["seed"])
    rows += _under_changes(explainer, trained, chosen, known, checks, explanation["seed"], seed)
    columns = ["check", "instance", "method", "other", "measure", "value"]
    table = pd.DataFrame(rows, columns=columns)
    write_table(robustness, table)
    by_heart = load_model(permuted.model, permuted.architecture).to(device)
    compared = randomise(
        explainer, played, by_heart, known, checks.evaluations, explanation["seed"]
    )
    write_table(sanity, compared)
    result = judge_sanity(compared, checks.bound, statistics, seed)
    history = pd.read_parquet(permuted.history)
    accuracy = float(history.loc[history["metric"] == "accuracy", "value"].max())
    write_json(sanity_verdict, result | {"labels_known": accuracy})
    means = table.groupby(["check", "method", "measure"], as_index=False)["value"].mean()
    record.metrics(
        {f"{row.check}/{row.method}/{row.measure}": row.value for row in means.itertuples()}
        | {
            f"sanity/{criterion}/{name}/median": one["median"]
            for criterion, methods in result.items()
            for name, one in methods.items()
        }
    )


def spread(lengths: np.ndarray, count: int) -> np.ndarray:
    """Instances spread evenly from short to long, int64 [count or all], in order of length."""
    order = np.argsort(lengths, kind="stable")
    count = min(count, len(order))
    return order[((np.arange(count) + 0.5) * len(order) / count).astype(np.int64)]


def _of_chosen(
    given: pd.DataFrame, chosen: Chosen, column: str = "value"
) -> dict[str, list[np.ndarray]]:
    """A column of the attributions that exist, by method, in the order of the chosen instances."""
    rows = given[given["split"] == chosen.split].sort_values("player")
    found = {key: part.to_numpy() for key, part in rows.groupby(["method", "instance"])[column]}
    numbers = chosen.examples.instance.tolist()
    return {
        method: [found[method, number] for number in numbers]
        for method in given["method"].drop_duplicates()
    }


def between_methods(given: pd.DataFrame) -> list[Row]:
    """Agreement of every pair of methods on every instance of a table of attributions."""
    rows: list[Row] = []
    for instance in sorted(set(given["instance"].tolist())):
        part = given[given["instance"] == instance]
        wide = part.pivot(index="player", columns="method", values="value")
        for method, other in combinations(wide.columns, 2):
            alike = similarities(wide[method].to_numpy(), wide[other].to_numpy())
            rows += [
                ("methods", instance, method, other, name, value) for name, value in alike.items()
            ]
    return rows


def surrogates(given: pd.DataFrame, diagnostics: pd.DataFrame) -> list[Row]:
    """Additivity gap and local R^2 of every instance of tables of attributions and diagnostics."""
    rows: list[Row] = []
    additive = given[given["method"].isin(ADDITIVE)]
    for (method, _), part in additive.groupby(["method", "instance"], sort=True):
        first = part.iloc[0]
        gap = additivity_gap(part["value"].to_numpy(), first["base_value"], first["full_value"])
        rows.append(("surrogate", int(first["instance"]), str(method), "", "additivity_gap", gap))
    linear = diagnostics[diagnostics["diagnostic"] == "local_r2"]
    rows += [
        ("surrogate", row["instance"], row["method"], "", "local_r2", row["value"])
        for row in linear.to_dict("records")
    ]
    return rows


def _between_seeds(
    explainer: Explainer,
    played: Played,
    known: dict[str, list[np.ndarray]],
    errors: dict[str, list[np.ndarray]],
    checks: Checks,
    seed: int,
) -> list[Row]:
    rows: list[Row] = []
    for method in [name for name in SAMPLED if name in known]:
        for number in range(1, checks.seeds + 1):
            tables = explainer.tables(played, method, derive(seed, "another seed", number))
            again = [table["value"].to_numpy() for table in tables]
            rows += _alike("seeds", f"draw {number}", played.chosen, method, known[method], again)
            for instance, *pair in zip(
                played.chosen.examples.instance.tolist(),
                known[method],
                again,
                errors[method],
                [table["std_error"].to_numpy() for table in tables],
                strict=True,
            ):
                share = interval_coverage(*pair)
                if not np.isnan(share):
                    other = f"draw {number}"
                    rows.append(("surrogate", instance, method, other, "interval_coverage", share))
    return rows


def _between_models(
    explainer: Explainer,
    models: Sequence[Model],
    chosen: Chosen,
    known: dict[str, list[np.ndarray]],
    seed: int,
) -> list[Row]:
    rows: list[Row] = []
    for number, model in enumerate(models, start=1):
        played = explainer.games(model, chosen)
        for method in [name for name in known if name != "random"]:
            theirs = explainer(played, method, seed)
            rows += _alike("models", f"model {number}", chosen, method, known[method], theirs)
    return rows


def _under_changes(
    explainer: Explainer,
    model: Model,
    chosen: Chosen,
    known: dict[str, list[np.ndarray]],
    checks: Checks,
    method_seed: int,
    seed: int,
) -> list[Row]:
    rows: list[Row] = []
    pairs: dict[tuple[str, int], list[tuple[np.ndarray, np.ndarray]]] = {}
    for number in range(1, checks.draws + 1):
        rng = np.random.default_rng(derive(seed, "small changes", number))
        examples, left = changed(chosen.examples, explainer.encoding, checks.change, rng)
        names = [[own[i] for i in kept] for own, kept in zip(chosen.players, left, strict=True)]
        played = explainer.games(model, replace(chosen, examples=examples, players=names))
        for method in [name for name in known if name != "random"]:
            before = [values[kept] for values, kept in zip(known[method], left, strict=True)]
            after = explainer(played, method, method_seed)
            rows += _alike("inputs", f"change {number}", chosen, method, before, after)
            for i, pair in enumerate(zip(before, after, strict=True)):
                pairs.setdefault((method, i), []).append(pair)
    for (method, i), both in pairs.items():
        instance = int(chosen.examples.instance[i])
        value = max_sensitivity(both)
        rows.append(("inputs", instance, method, "all changes", "max_sensitivity", value))
    return rows


def _alike(
    check: str,
    other: str,
    chosen: Chosen,
    method: str,
    before: list[np.ndarray],
    after: list[np.ndarray],
) -> list[Row]:
    return [
        (check, int(instance), method, other, name, value)
        for instance, one, two in zip(chosen.examples.instance, before, after, strict=True)
        for name, value in similarities(one, two).items()
    ]
