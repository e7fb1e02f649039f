"""Coverage of the standard errors of Shapley estimates on games that are known in closed form.

Draws games of `known_games`, estimates their Shapley values with few evaluations and compares the
estimates and their 95% intervals with the true values. Writes a row per game as Parquet after every
cell, and tables in Markdown. With ``--docs`` the tables replace those between the two markers of a
page. `python benchmarks/shapley_coverage.py --help` lists the options.
"""

import argparse
import datetime
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import studies
from known_games import GAMES
from studies import ROOT

BEGIN = "<!-- begin: benchmarks/shapley_coverage.py -->"
END = "<!-- end: benchmarks/shapley_coverage.py -->"
# Half the width of a 95% interval in standard errors.
NORMAL_95 = 1.96
# Of the largest value: what rounding may add to an error.
ROUNDING = 1e-9


def measure(name: str, players: int, multiple: int, seed: int, estimator: str) -> dict[str, Any]:
    """The errors of one estimate with ``multiple`` evaluations per player."""
    rng = np.random.default_rng([seed, players, multiple])
    game = GAMES[name](players, rng)
    result = studies.estimate(game.value, players, multiple * players, estimator, rng)
    error = np.abs(result.values - game.shapley)
    rounding = ROUNDING * np.abs(game.shapley).max()
    return {
        "game": name,
        "players": players,
        "multiple": multiple,
        "seed": seed,
        "estimator": estimator,
        "covered": float(np.mean(error <= NORMAL_95 * result.std_error + rounding)),
        "absolute_error": float(error.mean()),
        "squared_error": float(np.mean(error**2)),
        "squared_std_error": float(np.mean(result.std_error**2)),
    }


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Coverage, mean absolute error, and root mean squares of error and standard error by cell."""
    cells = table.groupby(["estimator", "game", "players", "multiple"], sort=False).agg(
        seeds=("seed", "size"),
        coverage=("covered", "mean"),
        error=("absolute_error", "mean"),
        rms_error=("squared_error", "mean"),
        rms_std_error=("squared_std_error", "mean"),
    )
    for column in ("rms_error", "rms_std_error"):
        cells[column] = np.sqrt(cells[column])
    return cells.reset_index()


def markdown(cells: pd.DataFrame, measured: str) -> str:
    """Tables of coverage, error and width with a row for every game.

    Args:
        cells: from `summary`.
        measured: the commit of the measured code.
    """
    cells = cells.assign(width=cells.rms_std_error / cells.rms_error)
    blocks = [
        f"{cells.seeds.min()} games per cell, measured on {datetime.datetime.now():%Y-%m-%d} "
        f"at commit {measured}."
    ]
    for estimator, part in cells.groupby("estimator", sort=False):
        for column, title, pattern in (
            ("coverage", "share of 95% intervals that contain the true value", "{:.3f}"),
            ("error", "mean absolute error", "{:.1e}"),
            ("width", "root mean square standard error divided by that of the error", "{:.1f}"),
        ):
            wide = part.pivot_table(column, "game", ["players", "multiple"], sort=False)
            heads = [f"{cell[0]} players, {cell[1]}n" for cell in wide.columns.tolist()]
            lines = [
                f"`{estimator}`, {title}:",
                "",
                "| game | " + " | ".join(heads) + " |",
                "|:--|" + "--:|" * len(heads),
            ]
            lines += [
                f"| {name.replace('_', ' ')} | " + " | ".join(pattern.format(x) for x in row) + " |"
                for name, row in zip(wide.index, wide.to_numpy(), strict=True)
            ]
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def commit() -> str:
    """The commit of the measured code, shortened; ``unknown`` outside a repository."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def write_docs(text: str, page: Path) -> None:
    """Replace what stands between the markers of a page.

    Raises:
        ValueError: the page lacks a marker.
    """
    content = page.read_text(encoding="utf-8")
    if not 0 <= content.find(BEGIN) < content.find(END):
        raise ValueError(f"{page} needs the lines {BEGIN} and {END}: the tables go between them")
    head, tail = content.split(BEGIN)[0], content.split(END)[1]
    page.write_text(f"{head}{BEGIN}\n{text}{END}{tail}", encoding="utf-8")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "shapley_coverage")
    parser.add_argument("--games", nargs="+", choices=list(GAMES), default=list(GAMES))
    parser.add_argument("--players", type=int, nargs="+", default=[12, 30])
    parser.add_argument("--multiples", type=int, nargs="+", default=[4, 8, 16, 64])
    parser.add_argument("--seeds", type=int, default=100, help="games per cell")
    parser.add_argument(
        "--estimators", nargs="+", choices=studies.OUR_ESTIMATORS, default=["gaussian_process"]
    )
    parser.add_argument("--docs", type=Path, help="page whose tables are replaced")
    parser.add_argument("--quick", action="store_true", help="12 players, 4n and 8n, 4 games")
    options = parser.parse_args()
    if options.quick:
        options.players, options.multiples, options.seeds = [12], [4, 8], 4
    options.out.mkdir(parents=True, exist_ok=True)
    # Before measuring: the working tree may move on meanwhile.
    measured = commit()
    rows: list[dict[str, Any]] = []
    for players in options.players:
        for multiple in options.multiples:
            for name in options.games:
                rows += [
                    measure(name, players, multiple, seed, estimator)
                    for estimator in options.estimators
                    for seed in range(options.seeds)
                ]
                pd.DataFrame(rows).to_parquet(options.out / "errors.parquet", index=False)
            print(f"{players} players, {multiple}n", flush=True)
    cells = summary(pd.DataFrame(rows))
    cells.to_csv(options.out / "cells.csv", index=False)
    text = markdown(cells, measured)
    (options.out / "tables.md").write_text(text, encoding="utf-8")
    if options.docs:
        write_docs(text, options.docs)
    print("\n" + text)


if __name__ == "__main__":
    main()
