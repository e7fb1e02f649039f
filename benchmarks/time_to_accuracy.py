"""How long Shapley values take to come within a given error of the truth, beside the peers.

Every estimator explains the same instances of the same models, in one process and in changing
order, with more and more evaluations until its mean relative squared error is below the smallest
goal. The peers call the model as their users would: rows of tokens as they come, 64 at a time.
The time at a goal is read between the two nearest budgets, on logarithmic scales.

`python benchmarks/time_to_accuracy.py PROJECT` reads the models of a finished run in PROJECT, and
writes time_to_accuracy.csv, .md and .png. The long runs that stand for the truth of instances of
more than 16 players are kept in ``--truths`` and used again.
"""

import argparse
import hashlib
import json
import os
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import torch
from explanation_speed import CLOCKS, Subject, load, plain
from shapley_accuracy import FEWEST_PLAYERS, MOST_PLAYERS, TRUTH_EVALUATIONS, Game, truth
from shapley_peers import PEERS

from vitrine.attribution.methods.shap.shapley import shapley
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play
from vitrine.games.model_games import ModelGames

GOALS = (1e-2, 1e-3)
OURS = "vitrine auto"
AGAINST = "shap KernelExplainer, l1_reg=0"
COMPARED = (
    AGAINST,
    "shap PermutationExplainer",
    "captum KernelShap",
    "shapiq KernelSHAP, paired",
    "shapiq LeverageSHAP",
)
FASTER = 10

Explain = Callable[[int, int], np.ndarray]
"""Takes evaluations and a seed; returns Shapley values float64 [n]."""


def chosen_scale(project: Path, study: str) -> tuple[str, str]:
    """The scale and the seed's folder of the study's chosen model."""
    best = json.loads((project / "results" / study / "chosen.json").read_text())
    return best["scale"], f"seed{best['seed']}"


def instances(project: Path, study: str, count: int) -> tuple[Subject, str]:
    """Explained instances of 12 to 60 players, and the digest of their model."""
    scale, seed = chosen_scale(project, study)
    subject = load(project, study, scale, 4 * count, seed)
    lengths = subject.examples.lengths
    fit = np.flatnonzero((lengths >= FEWEST_PLAYERS) & (lengths <= MOST_PLAYERS))
    weights = project / "results" / study / scale / seed / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:12]
    return subject.take(fit[:count].tolist()), digest


def truth_of(subject: Subject, place: int, digest: str, folder: Path, evaluations: int):
    """Exact or long-run Shapley values of one instance, float64 [n]."""
    games = ModelGames(subject.model, subject.examples, subject.targets, megabytes=512)

    def value(masks: np.ndarray) -> np.ndarray:
        members = np.nonzero(masks)[1]
        return games.value(np.full(len(masks), place), members, masks.sum(axis=1))

    players = int(subject.examples.lengths[place])
    number = int(subject.examples.instance[place])
    return truth(Game(subject.name, number, players, digest, value), folder, evaluations)[0]


def estimators(subject: Subject, place: int) -> dict[str, Explain]:
    """Ours and the peers on one instance; each call asks the model anew."""
    alone = subject.take([place])
    players = int(alone.examples.lengths[0])
    value = plain(subject, place)

    def ours(evaluations: int, seed: int) -> np.ndarray:
        games = ModelGames(alone.model, alone.examples, alone.targets)
        strategy = shapley(players, np.random.default_rng(seed), evaluations=evaluations)
        return play([strategy], Evaluator(games))[0].values

    peers: dict[str, Explain] = {
        name: lambda evaluations, seed, peer=PEERS[name]: peer(value, players, evaluations, seed)
        for name in COMPARED
    }
    return {OURS: ours} | peers


def measure(
    subject: Subject, truths: list[np.ndarray], multiples: list[int], clock: Callable[[], float]
) -> Iterator[dict]:
    """Error and seconds of every estimator on every instance, budget after budget."""
    own = [estimators(subject, place) for place in range(len(truths))]
    running = list(own[0])
    for explain in own[0].values():
        # Packages load and caches fill.
        explain(2 * len(truths[0]) + 2, 0)
    for multiple in multiples:
        rows = []
        for place, true in enumerate(truths):
            order = random.Random(f"{multiple}-{place}").sample(running, len(running))
            for name in order:
                begin = clock()
                values = own[place][name](multiple * len(true), place)
                taken = clock() - begin
                rows.append(
                    {
                        "study": subject.name,
                        "instance": int(subject.examples.instance[place]),
                        "players": len(true),
                        "multiple": multiple,
                        "estimator": name,
                        "seconds": taken,
                        "squared_error": float(((values - true) ** 2).sum()),
                        "squared_size": float((true**2).sum()),
                    }
                )
        yield from rows
        means = summary(pd.DataFrame(rows)).set_index("estimator").error
        running = [name for name in running if means[name] > min(GOALS)]
        if not running:
            break


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean relative squared error and median seconds by study, budget and estimator."""
    groups = table.groupby(["study", "multiple", "estimator"], sort=False)
    sums = groups[["squared_error", "squared_size"]].sum()
    return pd.DataFrame(
        {"error": sums.squared_error / sums.squared_size, "seconds": groups.seconds.median()}
    ).reset_index()


def seconds_to(points: pd.DataFrame, goal: float) -> float:
    """Seconds at which the error falls to the goal; NaN where no budget reached it.

    Args:
        points: ``error`` and ``seconds`` of one estimator by rising budget.
        goal: the error.
    """
    reached = np.flatnonzero(points.error <= goal)
    if len(reached) == 0:
        return np.nan
    last = int(reached[0])
    if last == 0:
        return float(points.seconds.iloc[0])
    errors = np.log(points.error.iloc[[last, last - 1]])
    times = np.log(points.seconds.iloc[[last, last - 1]])
    return float(np.exp(np.interp(np.log(goal), errors, times)))


def goals(means: pd.DataFrame, largest: int) -> tuple[str, pd.DataFrame]:
    """The table in Markdown with a closing line on the goal, and its numbers."""
    rows = [
        {
            "study": study,
            "estimator": name,
            "goal": goal,
            "seconds": seconds_to(points.sort_values("multiple"), goal),
        }
        for (study, name), points in means.groupby(["study", "estimator"], sort=False)
        for goal in GOALS
    ]
    table = pd.DataFrame(rows)
    wide = table.pivot(index="estimator", columns=["study", "goal"], values="seconds")
    wide = wide.reindex(table.estimator.unique())
    heads = [f"{study} {goal:g}" for study, goal in wide.columns]
    lines = [
        "ms until the error is reached (in brackets: times ours); – not reached with "
        f"{largest} evaluations per player",
        "",
        "| Estimator | " + " | ".join(heads) + " |",
        "|:--|" + "--:|" * len(heads),
    ]
    for name in wide.index:
        cells = [
            "–" if np.isnan(x) else f"{1000 * x:.0f} ({x / ours:.1f})"
            for x, ours in zip(wide.loc[name], wide.loc[OURS], strict=True)
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    ratio = wide.loc[AGAINST] / wide.loc[OURS]
    # Where only we get there, we are faster by more than can be said.
    met = (ratio >= FASTER) | (wide.loc[AGAINST].isna() & wide.loc[OURS].notna())
    missed = [f"{study} {goal:g} ({ratio[study, goal]:.1f})" for study, goal in ratio.index[~met]]
    lines += [
        "",
        f"{FASTER} times faster than {AGAINST} in {met.sum()} of {len(met)} cells"
        + (f"; missed: {', '.join(missed)}." if missed else "."),
    ]
    return "\n".join(lines) + "\n", table


def plot(means: pd.DataFrame, path: Path) -> None:
    """Error against seconds, one panel per study."""
    lines = (
        alt.Chart(means)
        .mark_line(point=True)
        .encode(
            alt.X("seconds:Q", title="median seconds per explanation").scale(type="log"),
            alt.Y("error:Q", title="mean relative squared error").scale(type="log"),
            alt.Color("estimator:N", title=None, sort=[OURS, *COMPARED]),
            alt.Order("multiple:Q"),
        )
        .properties(width=260, height=220)
    )
    lines.facet(alt.Facet("study:N", title=None), columns=2).resolve_scale(x="independent").save(
        path, ppi=144
    )


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path, help="folder with the results of a finished run")
    parser.add_argument("--output", type=Path, default=Path(), help="folder of what is written")
    parser.add_argument("--studies", nargs="+", default=["digits", "credit", "reviews", "movies"])
    parser.add_argument("--games", type=int, default=12, help="instances per study")
    parser.add_argument(
        "--multiples", type=int, nargs="+", default=[4, 8, 16, 32, 64, 128, 256, 512],
        help="evaluations per player",
    )  # fmt: skip
    parser.add_argument("--truths", type=Path, help="folder of the long runs")
    parser.add_argument("--truth-evaluations", type=int, default=TRUTH_EVALUATIONS)
    parser.add_argument(
        "--clock", choices=list(CLOCKS), default="wall", help="cpu: for a machine that is shared"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module=r"(shap|captum|shapiq|sklearn)\.")
    os.environ.setdefault("TQDM_DISABLE", "1")
    options.output.mkdir(parents=True, exist_ok=True)
    truths = options.truths or options.output / "truths"
    rows: list[dict] = []
    for study in options.studies:
        subject, digest = instances(options.project, study, options.games)
        right = [
            truth_of(subject, place, digest, truths, options.truth_evaluations)
            for place in range(len(subject.targets))
        ]
        rows += measure(subject, right, options.multiples, CLOCKS[options.clock])
        means = summary(pd.DataFrame(rows))
        text, table = goals(means, max(options.multiples))
        table.to_csv(options.output / "time_to_accuracy.csv", index=False)
        (options.output / "time_to_accuracy.md").write_text(text)
        plot(means, options.output / "time_to_accuracy.png")
        print(text, flush=True)


if __name__ == "__main__":
    main()
