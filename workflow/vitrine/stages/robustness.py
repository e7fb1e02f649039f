"""Stage `robustness`: does an explanation stay when it should, and change when it should?

It stays with another random seed, between models that differ by their training seed, and under
small changes of the input; and it changes when the model's weights are made random.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from vitrine.data.encoding import Encoding, load_encoding
from vitrine.files import write_json, write_table
from vitrine.models.storage import load_model
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive
from vitrine.stages.chosen import Chosen, chosen_instances
from vitrine.stages.explain import explain
from vitrine.stages.games import GameSettings
from vitrine.tracking.record import Record
from vitrine.validation.randomisation import randomised, schedule, verdict
from vitrine.validation.sensitivity import max_sensitivity
from vitrine.validation.similarity import similarities, spearman_of_sizes
from vitrine.validation.small_changes import changed

log = logging.getLogger(__name__)

SPLIT = "test"
# Methods that draw coalitions, and chance itself for comparison.
SAMPLED = ("shap", "lime", "random")
# Which setting of a method is its number of model calls.
BUDGETS = {"shap": "evaluations", "lime": "samples"}

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
class Explainer:
    """Explains instances of one study with any method."""

    data: Path
    encoding: Encoding
    settings: dict[str, dict[str, Any]]
    game: GameSettings

    def __call__(
        self,
        model: Transformer,
        chosen: Chosen,
        method: str,
        seed: int,
        settings: dict[str, Any] | None = None,
    ) -> list[np.ndarray]:
        """Attributions of each instance, float64 [players]."""
        table, _ = explain(
            self.game.games(model, chosen, self.data, self.encoding),
            chosen,
            method=method,
            domain=self.encoding.domain,
            settings=settings or self.settings.get(method, {}),
            seed=seed,
        )
        found = dict(list(table.groupby("instance")["value"]))
        return [found[number].to_numpy() for number in chosen.examples.instance.tolist()]


def check_robustness(
    data: Path,
    model: Path,
    shape: Path,
    siblings: list[Path],
    predictions: Path,
    attributions: list[Path],
    robustness: Path,
    sanity: Path,
    sanity_verdict: Path,
    *,
    explanation: dict[str, Any],
    game: GameSettings,
    checks: Checks,
    statistics: dict[str, Any],
    seed: int,
    threads: int,
    record: Record,
) -> None:
    """Check the explanations of some test instances of one model.

    Args:
        data: the study's data folder.
        model, shape, predictions: the model's files.
        siblings: weights of the models of other training seeds; ``model`` itself may be among them.
        attributions: one table per method.
        robustness: table to write: ``check, instance, method, other, measure, value``, where the
            check is ``methods`` (against another method), ``seeds`` (another seed of the method),
            ``models`` (a model of another seed) or ``inputs`` (a small change of the input).
        sanity: table to write: ``kind, part, instance, method, value``, Spearman's correlation of
            the absolute values with those of the trained model.
        sanity_verdict: JSON to write: pass or fail of each method.
        explanation: the section of the configuration.
        game: value function, removal and memory, as in the stage `explain`.
        checks: how much is checked.
        statistics: bootstrap settings.
        seed: base seed of everything drawn.
        threads: CPU threads of torch.
        record: gets the mean of each measure by check and method.
    """
    torch.set_num_threads(threads)
    encoding = load_encoding(data)
    trained = load_model(model, shape)
    given = pd.concat([pd.read_parquet(path) for path in attributions], ignore_index=True)
    methods = given["method"].drop_duplicates().tolist()
    explainer = Explainer(data, encoding, explanation, game)
    (chosen,) = (
        one
        for one in chosen_instances(
            data,
            predictions,
            encoding,
            count=min(checks.instances, explanation["instances"]),
            target=explanation["target"],
            seed=explanation["seed"],
        )
        if one.split == SPLIT
    )
    rows = between_methods(given[given["split"] == SPLIT])
    known = _of_chosen(given, chosen)
    rows += _between_seeds(explainer, trained, chosen, known, checks, seed)
    others = [load_model(path, shape) for path in siblings if path != model]
    rows += _between_models(explainer, others, chosen, known, explanation["seed"])
    rows += _under_changes(explainer, trained, chosen, known, checks, explanation["seed"], seed)
    columns = ["check", "instance", "method", "other", "measure", "value"]
    table = pd.DataFrame(rows, columns=columns)
    write_table(robustness, table)
    compared = randomise(explainer, trained, chosen, methods, checks.evaluations, seed)
    write_table(sanity, compared)
    result = judge_sanity(compared, checks.bound, statistics, seed)
    write_json(sanity_verdict, result)
    means = table.groupby(["check", "method", "measure"], as_index=False)["value"].mean()
    record.metrics(
        {f"{row.check}/{row.method}/{row.measure}": row.value for row in means.itertuples()}
        | {f"sanity/{name}/median": one["median"] for name, one in result.items()}
    )


def _of_chosen(given: pd.DataFrame, chosen: Chosen) -> dict[str, list[np.ndarray]]:
    """Attributions that exist already, by method, in the order of the chosen instances."""
    rows = given[given["split"] == chosen.split].sort_values("player")
    found = {key: part.to_numpy() for key, part in rows.groupby(["method", "instance"])["value"]}
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


def _between_seeds(
    explainer: Explainer,
    model: Transformer,
    chosen: Chosen,
    known: dict[str, list[np.ndarray]],
    checks: Checks,
    seed: int,
) -> list[Row]:
    rows: list[Row] = []
    for method in [name for name in SAMPLED if name in known]:
        for number in range(1, checks.seeds + 1):
            again = explainer(model, chosen, method, derive(seed, "another seed", number))
            rows += _alike("seeds", f"draw {number}", chosen, method, known[method], again)
    return rows


def _between_models(
    explainer: Explainer,
    models: Sequence[Transformer],
    chosen: Chosen,
    known: dict[str, list[np.ndarray]],
    seed: int,
) -> list[Row]:
    rows: list[Row] = []
    for number, model in enumerate(models, start=1):
        for method in [name for name in known if name != "random"]:
            theirs = explainer(model, chosen, method, seed)
            rows += _alike("models", f"model {number}", chosen, method, known[method], theirs)
    return rows


def _under_changes(
    explainer: Explainer,
    model: Transformer,
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
        moved = replace(chosen, examples=examples, players=names)
        for method in [name for name in known if name != "random"]:
            before = [values[kept] for values, kept in zip(known[method], left, strict=True)]
            after = explainer(model, moved, method, method_seed)
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


def randomise(
    explainer: Explainer,
    model: Transformer,
    chosen: Chosen,
    methods: list[str],
    evaluations: int,
    seed: int,
) -> pd.DataFrame:
    """Explain with randomised parameters and compare with the trained model.

    Both sides use the same seed and the same number of model calls, so that what differs is the
    model. The random ranking, which reads no model, is left out.

    Args:
        explainer: of the study.
        model: the trained model.
        chosen: the instances.
        methods: to check.
        evaluations: model calls per instance of the methods that have a budget; at least the
            players and two.
        seed: of the weights and the methods.

    Returns:
        ``kind, part, instance, method, value``: Spearman's correlation of the absolute values.
    """
    budget = max(evaluations, int(chosen.examples.lengths.max()) + 2)
    methods = [name for name in methods if name != "random"]
    settings = {name: dict(explainer.settings.get(name, {})) for name in methods}
    for name in BUDGETS.keys() & settings.keys():
        settings[name][BUDGETS[name]] = budget
    trained = {name: explainer(model, chosen, name, seed, settings[name]) for name in methods}
    found: dict[tuple[str, ...], dict[str, list[np.ndarray]]] = {}
    rows = []
    for kind, part, names in schedule(model.shape):
        key = tuple(names)
        if key not in found:
            log.info("random weights in %s", ", ".join(names))
            other = randomised(model, names, derive(seed, "randomise", part))
            found[key] = {
                name: explainer(other, chosen, name, seed, settings[name]) for name in methods
            }
        rows += [
            (kind, part, int(instance), name, spearman_of_sizes(one, two))
            for name in methods
            for instance, one, two in zip(
                chosen.examples.instance, trained[name], found[key][name], strict=True
            )
        ]
    columns = ["kind", "part", "instance", "method", "value"]
    return pd.DataFrame(rows, columns=columns).dropna(ignore_index=True)


def judge_sanity(
    compared: pd.DataFrame, bound: float, statistics: dict[str, Any], seed: int
) -> dict[str, Any]:
    """Pass or fail of each method, with all parts random (the last step of the cascade).

    Args:
        compared: the table of `randomise`.
        bound, statistics, seed: see `vitrine.validation.randomisation.verdict`.
    """
    last = compared[(compared["kind"] == "cascading") & (compared["part"] == "embedding")]
    return {
        str(method): verdict(rows.to_numpy(), bound, statistics, derive(seed, "sanity"))
        for method, rows in last.groupby("method", sort=False)["value"]
    }
