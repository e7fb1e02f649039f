"""Error rates of the test for a break in the loss, on simulated trainings.

Simulates trainings whose loss is smooth or breaks by construction, lets `vitrine.emergence.breaks`
judge them, and prints how often it finds a break: wrongly on smooth losses (at most 5% is wanted),
rightly on the others (its power). `python benchmarks/emergence_breaks.py --help` lists the options.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vitrine.emergence.breaks import judge
from vitrine.emergence.losses import ItemLosses
from vitrine.evaluation.settings import StatisticsSettings

Shape = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""The loss at steps (shares of the training, the last is 1), which may vary between runs."""


@dataclass(frozen=True)
class Setting:
    """How trainings are measured and how noisy they are.

    Attributes:
        seeds: training runs.
        noise: deviation of the logarithm of the loss of a run, common to all items, with a
            correlation of 0.5 between neighbouring measurements.
        measurements: after the start, evenly spaced.
        items: test items.
        symbols: of an answer, for exact match.
    """

    seeds: int = 5
    noise: float = 0.05
    measurements: int = 20
    items: int = 250
    symbols: int = 4


def power(exponent: float, floor: float = 0.0) -> Shape:
    """A power law that falls to a floor."""

    def shape(t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        speed = exponent * np.exp(0.1 * rng.standard_normal())
        return floor + (1 - floor) * (t / t[0]) ** -speed

    return shape


def logistic(factor: float) -> Shape:
    """A logistic curve in log steps; from 10% to 90% the steps grow by a factor."""

    def shape(t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        middle = np.log(rng.uniform(0.2, 0.4))
        return 1 / (1 + np.exp(2 * np.log(9) * (np.log(t) - middle) / np.log(factor)))

    return shape


def straight(t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A loss that falls in proportion to the steps, and ends at or before the last one."""
    return np.maximum(1 - t / rng.uniform(0.7, 1.0), 0)


def jump(share: float = 1.0) -> Shape:
    """A plateau that ends in a jump, by a share of it, between two measurements."""

    def shape(t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.where(t < rng.uniform(0.2, 0.4), 1, 1 - share)

    return shape


def after_decline(shape: Shape) -> Shape:
    """A shape after a power law that brings the loss down to two thirds."""
    return lambda t, rng: (2 + (t / t[0]) ** -1.5) / 3 * shape(t, rng)


SMOOTH: dict[str, Shape] = {
    "power law, exponent 0.25": power(0.25),
    "power law, exponent 0.5": power(0.5),
    "power law, exponent 1": power(1.0),
    "power law, exponent 2": power(2.0),
    "power law to a floor": power(1.0, 0.3),
    "proportional to steps": straight,
    "logistic, factor 3": logistic(3),
    "logistic, factor 4": logistic(4),
    "logistic, factor 6": logistic(6),
    "logistic, factor 10": logistic(10),
    "logistic, factor 30": logistic(30),
    "decline, logistic, factor 4": after_decline(logistic(4)),
}
BROKEN: dict[str, Shape] = {
    "jump": jump(),
    "jump by 80%": jump(0.8),
    "logistic, factor 1.25": logistic(1.25),
    "logistic, factor 1.5": logistic(1.5),
    "logistic, factor 2": logistic(2),
    "decline, jump": after_decline(jump()),
    "decline, logistic, factor 1.5": after_decline(logistic(1.5)),
}


def simulate(shape: Shape, setting: Setting, rng: np.random.Generator) -> ItemLosses:
    """The losses of simulated training runs: negative log-likelihood and exact match.

    Items differ in difficulty, by the same factors in all runs, and vary between measurements. An
    answer is right with the probability that its log-likelihoods state.
    """
    steps = np.arange(setting.measurements + 1)
    difficulty = rng.gamma(4, 1 / 4, setting.items)
    losses = np.empty((setting.seeds, len(steps), setting.items))
    for run in losses:
        curve = shape(steps[1:] / steps[-1], rng)
        curve = np.concatenate([[1.2 * curve[0]], curve])
        wander = np.empty(len(steps))
        wander[0] = rng.standard_normal()
        for k in range(1, len(steps)):
            wander[k] = wander[k - 1] / 2 + rng.standard_normal() * 0.75**0.5
        common = (1.5 * curve + 0.002) * np.exp(setting.noise * wander)
        varied = np.exp(0.5 * rng.standard_normal((len(steps), setting.items)) - 0.125)
        run[:] = common[:, None] * difficulty * varied
    wrong = rng.random(losses.shape) >= np.exp(-setting.symbols * losses)
    values = {"nll": losses, "exact_match": wrong}
    return ItemLosses(steps, {name: each.astype(np.float32) for name, each in values.items()})


def outcomes(
    shape: Shape, setting: Setting, runs: int, resamples: int = 200, seed: int = 0
) -> Counter[str]:
    """How often the test has each outcome on simulated trainings of a shape."""
    statistics = StatisticsSettings(bootstrap=resamples, confidence=0.95)
    rng = np.random.default_rng(seed)
    successful = np.ones(setting.seeds, dtype=bool)
    return Counter(
        judge(simulate(shape, setting, rng), successful, statistics)["outcome"] for _ in range(runs)
    )


def main() -> None:
    """Print a row for every shape, number of training runs and noise."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=300, help="simulated studies per row")
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 5], help="training runs")
    parser.add_argument("--noise", type=float, nargs="+", default=[0.02, 0.1])
    options = parser.parse_args()
    print("| loss | training runs | noise | break | no break | inconclusive |")
    print("|---|---|---|---|---|---|")
    for name, shape in (SMOOTH | BROKEN).items():
        for seeds in options.seeds:
            for noise in options.noise:
                counts = outcomes(shape, Setting(seeds=seeds, noise=noise), options.runs)
                found, unsure = counts["break"], counts["inconclusive"] + counts["few"]
                shares = (found, options.runs - found - unsure, unsure)
                cells = " | ".join(f"{share / options.runs:.1%}" for share in shares)
                print(f"| {name} | {seeds} | {noise:g} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
