"""Robustness: does an explanation stay when it should?

It should stay with another random seed, between models that differ by their training seed, and
under small changes of the input. Beside that: agreement between methods, and how well the additive
model behind a method fits the game.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from vitrine.attribution.registry import METHODS
from vitrine.explaining.explain import explain
from vitrine.explaining.instances import SplitInstances
from vitrine.explaining.session import InstanceGames, Session
from vitrine.models.model import Model
from vitrine.section import Section
from vitrine.seeds import derive
from vitrine.validation.robustness.sensitivity import max_sensitivity
from vitrine.validation.robustness.settings import RobustnessSettings
from vitrine.validation.robustness.similarity import similarities
from vitrine.validation.robustness.small_changes import changed
from vitrine.validation.surrogate.surrogate import additivity_gap, interval_coverage

SPLIT = "test"
COLUMNS = ["check", "instance", "method", "other", "measure", "value"]

Row = tuple[str, int, str, str, str, float]
Attributions = Mapping[str, list[np.ndarray]]
"""By method, float64 [players] of each instance."""


def spread(lengths: np.ndarray, count: int) -> np.ndarray:
    """Instances spread evenly from short to long, int64 [count or all], in order of length."""
    order = np.argsort(lengths, kind="stable")
    count = min(count, len(order))
    return order[((np.arange(count) + 0.5) * len(order) / count).astype(np.int64)]


def column_by_method(
    attributions: pd.DataFrame, instances: SplitInstances, column: str = "value"
) -> dict[str, list[np.ndarray]]:
    """A column of a table of attributions, by method, in the order of the instances."""
    rows = attributions[attributions["split"] == instances.split].sort_values("player")
    groups = rows.groupby(["method", "instance"])[column]
    values = {key: group.to_numpy() for key, group in groups}
    numbers = instances.examples.instance.tolist()
    return {
        method: [values[method, number] for number in numbers]
        for method in attributions["method"].drop_duplicates()
    }


def compare_methods(attributions: pd.DataFrame) -> list[Row]:
    """Agreement of every pair of methods on every instance of a table of attributions."""
    rows: list[Row] = []
    for instance in sorted(set(attributions["instance"].tolist())):
        part = attributions[attributions["instance"] == instance]
        wide = part.pivot(index="player", columns="method", values="value")
        for method, other in combinations(wide.columns, 2):
            alike = similarities(wide[method].to_numpy(), wide[other].to_numpy())
            rows += [
                ("methods", instance, method, other, name, value) for name, value in alike.items()
            ]
    return rows


def measure_surrogates(attributions: pd.DataFrame, diagnostics: pd.DataFrame) -> list[Row]:
    """Additivity gap and local R^2 of every instance of tables of attributions and diagnostics."""
    rows: list[Row] = []
    names = [name for name, method in METHODS.items() if method.additive]
    additive = attributions[attributions["method"].isin(names)]
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


@dataclass(frozen=True)
class Reexplainer:
    """Explains instances of a session again, with the settings of each method.

    Attributes:
        session: the model and its game.
        methods: the methods and their settings, as they were used.
        seed: base seed of the methods.
    """

    session: Session
    methods: Mapping[str, Section | None]
    seed: int

    @property
    def model_methods(self) -> list[str]:
        """The methods that read the model; the random ranking does not."""
        return [name for name in self.methods if not METHODS[name].is_floor]

    def tables(
        self, games: InstanceGames, method: str, *, seed: int, settings: Section | None = None
    ) -> list[pd.DataFrame]:
        """The attributions of each instance; see `vitrine.explaining.explain.explain`.

        Args:
            games: of the instances.
            method: name of the method.
            seed: base seed of the method.
            settings: of the method, where not those of the study.
        """
        # The stability that an explanation states of itself is not used here.
        settings = METHODS[method].repeated(settings or self.methods[method])
        domain = self.session.encoding.domain
        table, _ = explain(games, method, settings, domain=domain, seed=seed)
        by_instance = dict(list(table.groupby("instance")))
        return [by_instance[number] for number in games.instances.examples.instance.tolist()]

    def values(
        self,
        games: InstanceGames,
        method: str,
        *,
        seed: int | None = None,
        settings: Section | None = None,
    ) -> list[np.ndarray]:
        """The values of each instance, float64 [players]; see `tables`."""
        seed = self.seed if seed is None else seed
        tables = self.tables(games, method, seed=seed, settings=settings)
        return [table["value"].to_numpy() for table in tables]


@dataclass(frozen=True)
class RobustnessChecks:
    """The checks of some instances whose attributions are known.

    Attributes:
        explainer: explains them again.
        games: of the instances.
        attributions, errors: values and standard errors that the stage `explain` wrote.
        settings: how much is checked.
        seed: base seed of everything drawn.
    """

    explainer: Reexplainer
    games: InstanceGames
    attributions: Attributions
    errors: Attributions
    settings: RobustnessSettings
    seed: int

    @property
    def instances(self) -> SplitInstances:
        """The instances that are checked."""
        return self.games.instances

    def other_seeds(self) -> list[Row]:
        """Similarity with other seeds of methods that draw coalitions, and interval coverage."""
        rows: list[Row] = []
        sampled = [name for name in self.attributions if METHODS[name].sampled]
        for method in sorted(sampled, key=list(METHODS).index):
            for number in range(1, self.settings.seeds + 1):
                label = f"draw {number}"
                seed = derive(self.seed, "another seed", number)
                tables = self.explainer.tables(self.games, method, seed=seed)
                again = [table["value"].to_numpy() for table in tables]
                errors = [table["std_error"].to_numpy() for table in tables]
                rows += self._similarity("seeds", label, method, self.attributions[method], again)
                rows += self._coverage(label, method, again, errors)
        return rows

    def _coverage(
        self, label: str, method: str, again: list[np.ndarray], errors: list[np.ndarray]
    ) -> list[Row]:
        rows: list[Row] = []
        before = zip(self.attributions[method], again, self.errors[method], errors, strict=True)
        numbers = self.instances.examples.instance.tolist()
        for instance, pair in zip(numbers, before, strict=True):
            share = interval_coverage(*pair)
            if not np.isnan(share):
                rows.append(("surrogate", instance, method, label, "interval_coverage", share))
        return rows

    def other_models(self, models: Sequence[Model]) -> list[Row]:
        """Similarity with the explanations of models of other training seeds."""
        rows: list[Row] = []
        for number, model in enumerate(models, start=1):
            games = self.explainer.session.play(self.instances, model=model)
            for method in self.explainer.model_methods:
                values = self.explainer.values(games, method)
                before = self.attributions[method]
                rows += self._similarity("models", f"model {number}", method, before, values)
        return rows

    def small_changes(self) -> list[Row]:
        """Similarity under small changes of the input, and max-sensitivity."""
        rows: list[Row] = []
        pairs: dict[tuple[str, int], list[tuple[np.ndarray, np.ndarray]]] = {}
        session = self.explainer.session
        for number in range(1, self.settings.draws + 1):
            rng = np.random.default_rng(derive(self.seed, "small changes", number))
            examples, remaining = changed(
                self.instances.examples, session.encoding, self.settings.change, rng
            )
            names = [
                [players[i] for i in places]
                for players, places in zip(self.instances.players, remaining, strict=True)
            ]
            games = session.play(replace(self.instances, examples=examples, players=names))
            for method in self.explainer.model_methods:
                values = zip(self.attributions[method], remaining, strict=True)
                before = [value[places] for value, places in values]
                after = self.explainer.values(games, method)
                rows += self._similarity("inputs", f"change {number}", method, before, after)
                for i, pair in enumerate(zip(before, after, strict=True)):
                    pairs.setdefault((method, i), []).append(pair)
        for (method, i), both in pairs.items():
            instance = int(self.instances.examples.instance[i])
            value = max_sensitivity(both)
            rows.append(("inputs", instance, method, "all changes", "max_sensitivity", value))
        return rows

    def _similarity(
        self,
        check: str,
        other: str,
        method: str,
        before: Sequence[np.ndarray],
        after: Sequence[np.ndarray],
    ) -> list[Row]:
        return [
            (check, int(instance), method, other, name, value)
            for instance, first, second in zip(
                self.instances.examples.instance, before, after, strict=True
            )
            for name, value in similarities(first, second).items()
        ]
