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
import os
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import studies
import torch
from measuring import CLOCKS, Clock
from shapley_accuracy import FEWEST_PLAYERS, MOST_PLAYERS, TRUTH_EVALUATIONS, game_of, truth
from shapley_peers import PEERS
from studies import Subject

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


def our_estimator(subject: Subject, place: int) -> Explain:
    """Ours on one instance; each call evaluates the model anew."""
    instance = subject.take([place])

    def run(evaluations: int, seed: int) -> np.ndarray:
        return studies.explain(instance, "shap", evaluations, seed)[0].values

    return run


def peer_estimator(name: str, subject: Subject, place: int) -> Explain:
    """An estimator of another package on one instance; each call evaluates the model anew."""
    value = studies.plain_game(subject, place)
    players = int(subject.lengths[place])

    def run(evaluations: int, seed: int) -> np.ndarray:
        return PEERS[name](value, players, evaluations, seed)

    return run


def estimators(subject: Subject, place: int) -> dict[str, Explain]:
    """Ours and the peers on one instance."""
    peers = {name: peer_estimator(name, subject, place) for name in COMPARED}
    return {OURS: our_estimator(subject, place)} | peers


def measure(
    subject: Subject, truths: list[np.ndarray], multiples: list[int], clock: Clock
) -> Iterator[dict[str, Any]]:
    """Error and seconds of every estimator on every instance, budget after budget."""
    explainers = [estimators(subject, place) for place in range(len(truths))]
    running = list(explainers[0])
    for explain in explainers[0].values():
        # Packages load and caches fill.
        explain(2 * len(truths[0]) + 2, 0)
    for multiple in multiples:
        rows = []
        for place, true in enumerate(truths):
            order = random.Random(f"{multiple}-{place}").sample(running, len(running))
            for name in order:
                start = clock()
                values = explainers[place][name](multiple * len(true), place)
                duration = clock() - start
                rows.append(
                    {
                        "study": subject.name,
                        "instance": subject.number(place),
                        "players": len(true),
                        "multiple": multiple,
                        "estimator": name,
                        "seconds": duration,
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
    heads = [f"{column[0]} {column[1]:g}" for column in wide.columns.tolist()]
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
    missed = [
        f"{cell[0]} {cell[1]:g} ({ratio[cell]:.1f})"
        for cell in ratio.index.tolist()
        if not met[cell]
    ]
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
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("project", type=Path, help="folder with the results of a finished run")
    parser.add_argument("--output", type=Path, default=Path(), help="folder of what is written")
    parser.add_argument("--studies", nargs="+", help="default: those of the run")
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
    results = options.project / "results"
    rows: list[dict[str, Any]] = []
    for study in options.studies or studies.finished_studies(results):
        subject = studies.load_chosen(results, study, options.games, FEWEST_PLAYERS, MOST_PLAYERS)
        true = [
            truth(game_of(subject, place), truths, options.truth_evaluations)[0]
            for place in range(len(subject))
        ]
        rows += measure(subject, true, options.multiples, CLOCKS[options.clock])
        means = summary(pd.DataFrame(rows))
        text, table = goals(means, max(options.multiples))
        table.to_csv(options.output / "time_to_accuracy.csv", index=False)
        (options.output / "time_to_accuracy.md").write_text(text)
        plot(means, options.output / "time_to_accuracy.png")
        print(text, flush=True)


if __name__ == "__main__":
    main()
