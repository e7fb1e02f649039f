"""Do the printed intervals hold what they promise? Simulated studies whose truth is known.

Methods of explanation are compared on few instances that are balanced over groups, models on all
test instances. Of every case many studies are drawn. The table says how often a difference that is
not there is called better or worse (at most 5%), and how often the interval of a mean, or all
intervals of a study together, hold the truth (95%).

    python benchmarks/honest_intervals.py [--quick] [--out build/intervals]
"""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.evaluation.against import compare_with_baselines
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.selection import choose_instances, instance_weights
from vitrine.validation.comparison import compare
from vitrine.validation.means import method_means
from vitrine.validation.verdict import LEADING

METHODS = [f"method {letter}" for letter in "ABCDEF"]
# How much higher each method scores on wrong predictions, all on average over the split the same.
SHIFTS = np.linspace(-0.3, 0.3, len(METHODS))
POPULATION = 600
Noise = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
NOISES: dict[str, Noise] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "skewed": lambda rng, shape: rng.exponential(size=shape) - 1,
    "many ties": lambda rng, shape: np.round(rng.normal(size=shape) * 0.7),
}


def main() -> None:
    """Run all cases and write ``intervals.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="20 studies of two cases")
    parser.add_argument("--out", type=Path, default=Path("build/intervals"))
    options = parser.parse_args()
    studies = 20 if options.quick else 1000
    statistics = StatisticsSettings(bootstrap=200 if options.quick else 1000)
    rows = [
        *of_methods(studies, statistics, quick=options.quick),
        *of_models(studies, statistics, quick=options.quick),
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "intervals.json").write_text(json.dumps(rows, indent=2) + "\n")
    print(f"{studies} studies of each case")
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda value: f"{value:.3f}"))


def of_methods(
    studies: int, statistics: StatisticsSettings, *, quick: bool
) -> Iterator[dict[str, object]]:
    """Methods that are equally faithful over the split, explained on a balanced sample."""
    for name, noise in NOISES.items():
        for explained in (32,) if quick else (16, 32, 128):
            wrong, together, single = 0, 0, []
            for study in range(studies):
                rng = np.random.default_rng([study, explained])
                compared, means = _study_of_methods(noise, explained, statistics, rng)
                outcomes = set(compared["outcome"])
                wrong += bool(outcomes & {"better", "worse"})
                together += bool(((compared["low"] <= 0) & (compared["high"] >= 0)).all())
                single += ((means["low"] <= 0) & (means["high"] >= 0)).tolist()
            yield {
                "case": f"6 methods, {name}",
                "n": explained,
                "wrong": wrong / studies,
                "all pairs covered": together / studies,
                "means covered": float(np.mean(single)),
            }
        if quick:
            return


def _study_of_methods(
    noise: Noise, explained: int, statistics: StatisticsSettings, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The comparison of the pairs and the means of one study whose true means are all 0."""
    right = rng.random(POPULATION) < 0.8
    predictions = pd.DataFrame(
        {
            "split": "test",
            "instance": np.arange(POPULATION),
            "label": rng.choice(["a", "b"], POPULATION, p=[0.7, 0.3]),
        }
    )
    other = predictions["label"].map({"a": "b", "b": "a"})
    predictions["predicted"] = predictions["label"].where(right, other)
    # On average over right (80%) and wrong (20%) predictions the shifts are nothing.
    effect = np.where(right[:, None], -0.25 * SHIFTS, SHIFTS)
    values = effect + 0.5 * noise(rng, (POPULATION, len(METHODS)))
    values += rng.normal(size=(POPULATION, 1)) * 0.3
    chosen = choose_instances(predictions, explained, int(rng.integers(2**31)))["instance"]
    frame = pd.DataFrame(
        [
            ("test", instance, method, LEADING, values[instance, place])
            for instance in chosen
            for place, method in enumerate(METHODS)
        ],
        columns=["split", "instance", "method", "measure", "value"],
    )
    weights = instance_weights(predictions, frame)
    seed = int(rng.integers(2**31))
    return (
        compare(frame, weights, statistics, seed),
        method_means(frame, weights, statistics, seed),
    )


def of_models(
    studies: int, statistics: StatisticsSettings, *, quick: bool
) -> Iterator[dict[str, object]]:
    """Two models that are equally good, and two whose difference is known from a large sample."""
    for better, prevalence in ((0.0, 0.5),) if quick else ((0.0, 0.5), (0.0, 0.1), (0.3, 0.5)):
        truth = _differences(*_pair(200_000, better, prevalence, np.random.default_rng(0)))
        for n in (200,) if quick else (100, 400):
            wrong: dict[str, int] = dict.fromkeys(truth, 0)
            covered: dict[str, int] = dict.fromkeys(truth, 0)
            for study in range(studies):
                rng = np.random.default_rng([study, n])
                own, other = _pair(n, better, prevalence, rng)
                rows = compare_with_baselines(
                    own, other, "classification", ["no", "yes"], statistics, study
                )
                for row in rows:
                    metric = str(row["metric"])
                    wrong[metric] += row["outcome"] == "worse" or (
                        row["outcome"] == "better" and better == 0
                    )
                    covered[metric] += row["low"] <= truth[metric] <= row["high"]
            for metric in truth:
                yield {
                    "case": f"{metric}, {'equal' if better == 0 else 'better'}, {prevalence:.0%}",
                    "n": n,
                    "wrong": wrong[metric] / studies,
                    "means covered": covered[metric] / studies,
                }


def _pair(
    n: int, better: float, prevalence: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of two models on the same instances, of which the first sees more."""
    labels = rng.random(n) < prevalence
    shared = rng.normal(size=n)
    base = np.log(prevalence / (1 - prevalence))

    def predictions(skill: float) -> pd.DataFrame:
        seen = skill * (2 * labels - 1) + 0.7 * shared + 0.7 * rng.normal(size=n)
        yes = 1 / (1 + np.exp(-(base + 2 * skill * seen)))
        return pd.DataFrame(
            {
                "split": "test",
                "label": np.where(labels, "yes", "no"),
                "probability_no": 1 - yes,
                "probability_yes": yes,
            }
        )

    return predictions(0.6 + better), predictions(0.6).assign(baseline="other")


def _differences(own: pd.DataFrame, other: pd.DataFrame) -> dict[str, float]:
    """The true differences by metric, positive where the first model is better."""
    few = StatisticsSettings(bootstrap=100)
    rows = compare_with_baselines(own, other, "classification", ["no", "yes"], few, 0)
    return {str(row["metric"]): float(row["difference"]) for row in rows}


if __name__ == "__main__":
    main()
