"""Errors of the newest estimators of shapiq on the games of `known_games`, beside ours.

Needs neither torch nor this library, so it runs in an environment of its own with a newer Python:
`pip install "shapiq>=1.8" lightgbm pandas`. The games are those of `shapley_coverage.py`, whose
``cells.csv`` gives our errors. Estimators that the installed shapiq lacks are left out.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapiq
from known_games import GAMES, Value

# Name in the table, class in shapiq, settings.
APPROXIMATORS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("OddSHAP", "OddSHAP", {}),
    (
        "ProxySHAP",
        "ProxySHAP",
        {"max_order": 1, "index": "SV", "proxy_model": "lightgbm", "adjustment": True},
    ),
    ("LeverageSHAP", "LeverageSHAP", {}),
    ("KernelSHAP", "KernelSHAP", {"pairing_trick": True}),
)


def available() -> dict[str, Callable[..., Any]]:
    """The approximators that the installed shapiq has, by name: of ``n`` and ``random_state``."""
    return {
        name: partial(getattr(shapiq.approximator, kind), **settings)
        for name, kind, settings in APPROXIMATORS
        if hasattr(shapiq.approximator, kind)
    }


def estimate(
    make: Callable[..., Any], value: Value, players: int, budget: int, seed: int
) -> np.ndarray:
    """Shapley values by an approximator, float64 [players]; NaN if it refuses the budget."""
    empty = float(value(np.zeros((1, players), dtype=bool))[0])

    def centred(masks: np.ndarray) -> np.ndarray:
        return value(np.atleast_2d(masks).astype(bool)) - empty

    try:
        values = make(n=players, random_state=seed).approximate(budget=budget, game=centred)
    except ValueError:
        return np.full(players, np.nan)
    return np.array([values[(player,)] for player in range(players)])


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ours", type=Path, required=True, help="cells.csv of shapley_coverage")
    parser.add_argument("--out", type=Path, required=True, help="folder for tables")
    parser.add_argument("--seeds", type=int, default=20, help="games per cell")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    ours = pd.read_csv(options.ours)
    rows = []
    cells = ours[["game", "players", "multiple"]].drop_duplicates().to_dict("records")
    for played, players, multiple in (cell.values() for cell in cells):
        for seed in range(options.seeds):
            rng = np.random.default_rng([seed, players, multiple])
            game = GAMES[played](players, rng)
            for name, make in available().items():
                values = estimate(make, game.value, players, multiple * players, seed)
                error = float(np.mean(np.abs(values - game.shapley)))
                rows.append((played, players, multiple, name, error))
        print(played, players, multiple, flush=True)
        pd.DataFrame(rows, columns=["game", "players", "multiple", "estimator", "error"]).to_csv(
            options.out / "errors.csv", index=False
        )
    theirs = pd.read_csv(options.out / "errors.csv")
    columns = ["game", "players", "multiple", "estimator", "error"]
    both = pd.concat([ours[columns], theirs])
    wide = both.pivot_table("error", ["game", "players", "multiple"], "estimator", sort=False)
    wide.to_csv(options.out / "means.csv")
    print("\nmean absolute error\n" + wide.to_string(float_format="{:.1e}".format))


if __name__ == "__main__":
    main()
