"""Accuracy of Shapley estimators at equal evaluations on games of trained models.

Plays random test instances of the studies' chosen models, compares our estimators and those of
other packages with the exact values (up to 16 players) or with a long run, and writes a table as
Parquet and Markdown and a plot. The true values are kept beside them and used again.
`python benchmarks/shapley_accuracy.py --help` lists the options; needs requirements-dev.txt.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import studies
import torch
from shapley_peers import PEERS
from studies import ROOT, Subject, Value

# Evaluations of the long runs, which are the cost of this benchmark.
TRUTH_EVALUATIONS = 40_000
FEWEST_PLAYERS, MOST_PLAYERS, MOST_EXACT = 12, 60, 16

Estimates = tuple[np.ndarray, np.ndarray | None]
"""Shapley values float64 [players], and their standard errors if the estimator has any."""


@dataclass
class Game:
    """A game with a cache: no coalition passes through the model twice.

    ``evaluations`` counts the coalitions that an estimator requests, repetitions included.
    """

    study: str
    instance: int
    players: int
    digest: str
    model: Value
    evaluations: int = 0

    def __post_init__(self) -> None:
        self._cache: dict[bytes, float] = {}
        self._table: np.ndarray | None = None

    def __call__(self, masks: np.ndarray) -> np.ndarray:
        """Values of coalitions, bool [m, n] to float64 [m]."""
        masks = np.atleast_2d(masks).astype(bool)
        self.evaluations += len(masks)
        if self._table is not None:
            return np.asarray(self._table[masks @ (1 << np.arange(self.players))])
        keys = [mask.tobytes() for mask in masks]
        new = {key: place for place, key in enumerate(keys) if key not in self._cache}
        if new:
            values = self.model(masks[list(new.values())])
            self._cache.update(zip(new, values.tolist(), strict=True))
        return np.array([self._cache[key] for key in keys])

    def enumerate(self) -> np.ndarray:
        """All values, which are then looked up: float64 [2**n]."""
        self._table = self.model(studies.coalitions(self.players))
        return self._table


def game_of(subject: Subject, place: int) -> Game:
    """The game of one instance with a cache."""
    players = int(subject.lengths[place])
    value = studies.game(subject, place)
    return Game(subject.name, subject.number(place), players, subject.digest, value)


def truth(game: Game, folder: Path, evaluations: int) -> tuple[np.ndarray, np.ndarray]:
    """Exact or long-run Shapley values and their standard errors, float64 [n] each.

    A long run plays its own coalitions (see `studies.long_run`) and is kept in ``folder``.
    """
    if game.players <= MOST_EXACT:
        values = studies.exact_values(game.enumerate(), game.players)
        return values, np.zeros(game.players)
    path = folder / f"{game.study}-{game.instance}-{game.digest}-{evaluations}.npz"
    if not path.exists():
        # Without the cache: the estimators that are compared must not find its values there.
        values, error = studies.long_run(game.model, game.players, evaluations, [game.instance, 1])
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, values=values, std_error=error)
    stored = np.load(path)
    return stored["values"], stored["std_error"]


def our_estimator(name: str) -> Callable[[Game, int, int], Estimates]:
    """One of the library's estimators."""

    def run(game: Game, budget: int, seed: int) -> Estimates:
        rng = np.random.default_rng([seed, budget])
        result = studies.estimate(game, game.players, budget, name, rng)
        return result.values, result.std_error

    return run


def peer_estimator(name: str) -> Callable[[Game, int, int], Estimates]:
    """An estimator of another package."""

    def run(game: Game, budget: int, seed: int) -> Estimates:
        return PEERS[name](game, game.players, budget, seed), None

    return run


ESTIMATORS = {
    **{f"vitrine {name}": our_estimator(name) for name in studies.OUR_ESTIMATORS},
    **{name: peer_estimator(name) for name in PEERS},
}


def compare(
    game: Game, true: np.ndarray, true_error: np.ndarray, multiple: int
) -> list[dict[str, Any]]:
    """One row per estimator: its error on one game with ``multiple`` evaluations per player."""
    budget = multiple * game.players
    rows = []
    for name, run in ESTIMATORS.items():
        game.evaluations = 0
        start = time.process_time()
        values, error = run(game, budget, game.instance)
        # The truth's own error widens the interval that is checked.
        inside = (
            np.nan
            if error is None
            else np.mean(np.abs(values - true) <= 1.96 * np.hypot(error, true_error))
        )
        rows.append(
            {
                "study": game.study,
                "instance": game.instance,
                "players": game.players,
                "multiple": multiple,
                "estimator": name,
                "squared_error": float(((values - true) ** 2).sum()),
                "squared_size": float((true**2).sum()),
                "truth_squared_error": float((true_error**2).sum()),
                "coverage": inside,
                "evaluations": game.evaluations,
                "cpu_seconds": time.process_time() - start,
            }
        )
    return rows


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean relative squared error and mean coverage by study, budget and estimator."""
    table = table.assign(
        relative=table.squared_error / table.squared_size,
        truth=table.truth_squared_error / table.squared_size,
    )
    return (
        table.groupby(["study", "multiple", "estimator"], sort=False)
        .agg(
            games=("instance", "size"),
            mean=("relative", "mean"),
            median=("relative", "median"),
            truth=("truth", "mean"),
            coverage=("coverage", "mean"),
            evaluations_per_player=("evaluations", "sum"),
            players=("players", "sum"),
        )
        .assign(evaluations_per_player=lambda t: t.evaluations_per_player / t.players)
        .drop(columns="players")
        .reset_index()
    )


def markdown(means: pd.DataFrame) -> str:
    """The tables of errors and of coverage, in Markdown."""
    blocks = []
    for column, title, pattern, names in (
        ("mean", "Mean relative squared error", "{:.1e}", means.estimator.unique()),
        ("median", "Median relative squared error", "{:.1e}", means.estimator.unique()),
        (
            "coverage",
            "Share of 95% intervals that hold the true value",
            "{:.3f}",
            means[means.coverage.notna()].estimator.unique(),
        ),
    ):
        wide = means.pivot_table(column, "estimator", ["study", "multiple"], sort=False)
        heads = [f"{column[0]} {column[1]}n" for column in wide.columns.tolist()]
        lines = [
            f"**{title}**",
            "",
            "| Estimator | " + " | ".join(heads) + " |",
            "|:--|" + "--:|" * len(heads),
        ]
        lines += [
            f"| {name} | " + " | ".join(pattern.format(x) for x in wide.loc[name]) + " |"
            for name in names
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def goals(means: pd.DataFrame) -> str:
    """Whether the goals are met: half of KernelExplainer's error everywhere, best in 90%."""
    wide = means.pivot_table("mean", ["study", "multiple"], "estimator", sort=False)
    ours = wide["vitrine gaussian_process"]
    kernel = wide["shap KernelExplainer, l1_reg=0"]
    best = wide[list(PEERS)].min(axis=1)
    half, first = (ours <= kernel / 2).sum(), (ours <= best).sum()
    return (
        f"At most half the error of KernelExplainer(l1_reg=0) in {half} of {len(wide)} cells "
        f"(largest ratio {(ours / kernel).max():.2f}); no worse than the best peer in {first} "
        f"(largest ratio {(ours / best).max():.2f}).\n"
    )


def plot(means: pd.DataFrame, path: Path) -> None:
    """Error against evaluations per player, one panel per study."""
    ordered = list(means.estimator.unique())
    chart = (
        alt.Chart(means)
        .mark_line(point=True)
        .encode(
            alt.X("multiple:Q", title="evaluations per player").scale(type="log", base=2),
            alt.Y("mean:Q", title="mean relative squared error").scale(type="log"),
            alt.Color("estimator:N", title=None, sort=ordered).scale(scheme="tableau20"),
            alt.StrokeWidth("ours:N", legend=None).scale(domain=[True, False], range=[3, 1.2]),
        )
        .transform_calculate(ours="indexof(datum.estimator, 'vitrine') == 0")
        .properties(width=260, height=220)
        .facet(alt.Facet("study:N", title=None), columns=2)
        .resolve_scale(y="independent")
    )
    chart.save(path, ppi=144)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="of a finished run")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "shapley_accuracy")
    parser.add_argument("--studies", nargs="+", help="default: those of the run")
    parser.add_argument("--games", type=int, default=30, help="instances per study")
    parser.add_argument("--multiples", type=int, nargs="+", default=[4, 8, 16, 64])
    parser.add_argument(
        "--truth-evaluations", type=int, default=TRUTH_EVALUATIONS, help="of the long runs"
    )
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore", module="shap")
    options.out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for study in options.studies or studies.finished_studies(options.results):
        subject = studies.load_random(
            options.results, study, options.games, FEWEST_PLAYERS, MOST_PLAYERS
        )
        for place in range(len(subject)):
            game = game_of(subject, place)
            start = time.perf_counter()
            true, error = truth(game, options.out / "truths", options.truth_evaluations)
            for multiple in options.multiples:
                rows += compare(game, true, error, multiple)
            seconds = time.perf_counter() - start
            print(f"{study} {game.instance}: {game.players} players, {seconds:.0f} s", flush=True)
            pd.DataFrame(rows).to_parquet(options.out / "errors.parquet", index=False)
    means = summary(pd.DataFrame(rows))
    means.to_csv(options.out / "means.csv", index=False)
    text = markdown(means) + "\n" + goals(means)
    (options.out / "tables.md").write_text(text)
    plot(means, options.out / "errors.png")
    print("\n" + text)


if __name__ == "__main__":
    main()
