"""Accuracy of Shapley estimators at equal evaluations on games of trained models.

Plays test instances of the studies' chosen models, compares our estimators and those of other
packages with the exact values (up to 16 players) or with a long run, and
writes a table as Parquet and Markdown and a plot. The truths are kept beside them and used again.
`python benchmarks/shapley_accuracy.py --help` says how to choose; needs requirements-dev.txt,
captum and shapiq.
"""

import argparse
import hashlib
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow"))

from shapley_peers import PEERS  # noqa: E402

from vitrine.attribution.methods.shap.shapley import ESTIMATORS, estimated  # noqa: E402
from vitrine.attribution.shapley import gaussian_process  # noqa: E402
from vitrine.attribution.shapley.design import designed_pairs  # noqa: E402
from vitrine.attribution.shapley.exact import shapley_values  # noqa: E402
from vitrine.attribution.shapley.pairs import Pairs, efficient  # noqa: E402
from vitrine.data.encoding import load_encoding  # noqa: E402
from vitrine.data.examples import load_examples  # noqa: E402
from vitrine.games.game import play_one  # noqa: E402
from vitrine.games.model_games import ModelGames  # noqa: E402
from vitrine.games.sampling import all_coalitions  # noqa: E402
from vitrine.models.storage import load_model  # noqa: E402

# Evaluations of the long runs, which are the cost of this benchmark.
TRUTH_EVALUATIONS = 40_000
SURROGATE_PAIRS = 1536
FEWEST_PLAYERS, MOST_PLAYERS, MOST_EXACT = 12, 60, 16
AT_ONCE = 16_384

Value = Callable[[np.ndarray], np.ndarray]


@dataclass
class Game:
    """A game with a memory: no coalition passes through the model twice, however often it is asked.

    ``asked`` counts what an estimator asks for, repetitions included.
    """

    study: str
    instance: int
    players: int
    digest: str
    model: Value
    asked: int = 0

    def __post_init__(self) -> None:
        self._known: dict[bytes, float] = {}
        self._table: np.ndarray | None = None

    def __call__(self, masks: np.ndarray) -> np.ndarray:
        """Values of coalitions, bool [m, n] to float64 [m]."""
        masks = np.atleast_2d(masks).astype(bool)
        self.asked += len(masks)
        if self._table is not None:
            return self._table[masks @ (1 << np.arange(self.players))]
        keys = [mask.tobytes() for mask in masks]
        new = {key: place for place, key in enumerate(keys) if key not in self._known}
        if new:
            values = self.model(masks[list(new.values())])
            self._known.update(zip(new, values.tolist(), strict=True))
        return np.array([self._known[key] for key in keys])

    def enumerate(self) -> np.ndarray:
        """All values, which are then looked up: float64 [2**n]."""
        self._table = self.model(all_coalitions(self.players))
        return self._table


def games(results: Path, study: str, count: int) -> Iterator[Game]:
    """Games of random test instances of a study, explaining the predicted class or film."""
    best = json.loads((results / study / "chosen.json").read_text())
    folder = results / study / best["scale"] / f"seed{best['seed']}"
    encoding = load_encoding(results / study / "data")
    model = load_model(folder / "model.safetensors", folder / "architecture.json")
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()[:12]
    examples = load_examples(results / study / "data", "test")
    lengths = examples.lengths
    fit = np.flatnonzero((lengths >= FEWEST_PLAYERS) & (lengths <= MOST_PLAYERS))
    examples = examples.take(np.sort(np.random.default_rng(0).permutation(fit)[:count]))
    predictions = pd.read_parquet(folder / "predictions.parquet")
    predicted = predictions[predictions.split == "test"].set_index("instance").predicted
    names = encoding.classes if encoding.task == "classification" else encoding.vocabulary
    place = {name: number for number, name in enumerate(names)}
    targets = np.array([place[str(predicted.loc[i])] for i in examples.instance])
    played = ModelGames(model, examples, targets, megabytes=512)

    def value_of(game: int) -> Value:
        def value(masks: np.ndarray) -> np.ndarray:
            parts = []
            for start in range(0, len(masks), AT_ONCE):
                part = masks[start : start + AT_ONCE]
                members = np.nonzero(part)[1]
                numbers = np.full(len(part), game)
                parts.append(played.value(numbers, members, part.sum(axis=1)))
            return np.concatenate(parts)

        return value

    for number, instance in enumerate(examples.instance.tolist()):
        yield Game(study, instance, int(examples.lengths[number]), digest, value_of(number))


def truth(game: Game, folder: Path, evaluations: int) -> tuple[np.ndarray, np.ndarray]:
    """Exact or long-run Shapley values and their standard errors, float64 [n] each, kept on disk.

    The long run plays coalitions of its own. Some of them fit a surrogate, which only reduces the
    variance; all others correct it by a stratified estimate without bias, whose standard error
    does not depend on the surrogate.
    """
    if game.players <= MOST_EXACT:
        return shapley_values(game.enumerate(), game.players), np.zeros(game.players)
    path = folder / f"{game.study}-{game.instance}-{game.digest}-{evaluations}.npz"
    if not path.exists():
        half = designed_pairs(
            game.players, evaluations // 2 - 1, np.random.default_rng([game.instance, 1])
        )
        # Straight through the model: the estimators compared must not find its values in memory.
        ends = np.array([[False] * game.players, [True] * game.players])
        values = game.model(np.concatenate([ends, half, ~half]))
        odd = (values[2 : 2 + len(half)] - values[2 + len(half) :]) / 2
        pairs = Pairs(half, odd, (values[1] - values[0]) / 2)
        surrogate = gaussian_process.fit(gaussian_process.first(pairs, SURROGATE_PAIRS))
        rest = gaussian_process.correction(surrogate, pairs)
        total = surrogate.shapley().values + rest.values
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, values=efficient(total, 2 * pairs.full), std_error=rest.std_error)
    stored = np.load(path)
    return stored["values"], stored["std_error"]


def ours(name: str) -> Callable[[Game, int, int], tuple[np.ndarray, np.ndarray]]:
    """One of our estimators: values and standard errors."""

    def explain(game: Game, budget: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([seed, budget])
        result = play_one(estimated(game.players, budget, ESTIMATORS[name], rng), game)
        return result.values, result.std_error

    return explain


def compare(game: Game, true: np.ndarray, true_error: np.ndarray, multiple: int) -> list[dict]:
    """One row per estimator: its error on one game with ``multiple`` evaluations per player."""
    budget = multiple * game.players
    runs = {f"vitrine {name}": ours(name) for name in ESTIMATORS}
    for name, peer in PEERS.items():
        runs[name] = lambda game, budget, seed, peer=peer: (
            peer(game, game.players, budget, seed),
            None,
        )
    rows = []
    for name, run in runs.items():
        game.asked = 0
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
                "evaluations": game.asked,
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
        heads = [f"{study} {multiple}n" for study, multiple in wide.columns]
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
    own = wide["vitrine gaussian_process"]
    kernel = wide["shap KernelExplainer, l1_reg=0"]
    best = wide[list(PEERS)].min(axis=1)
    half, first = (own <= kernel / 2).sum(), (own <= best).sum()
    return (
        f"At most half the error of KernelExplainer(l1_reg=0) in {half} of {len(wide)} cells "
        f"(largest ratio {(own / kernel).max():.2f}); no worse than the best peer in {first} "
        f"(largest ratio {(own / best).max():.2f}).\n"
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="of a finished run")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "shapley_accuracy")
    parser.add_argument("--studies", nargs="+", default=["digits", "credit", "reviews", "movies"])
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
    rows: list[dict] = []
    for study in options.studies:
        for game in games(options.results, study, options.games):
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
