"""How long an explanation takes, beside the peers and beside plain forward passes.

Every method gets the same model, instances and number of model evaluations, in one process and in
alternating order; times are medians. The peers call the model as their users would: rows of
tokens as they come, packed 64 at a time. The floor is full-length forward passes of as many
coalitions at their best batch size, and nothing else. A second part scales one explanation by
players, evaluations and instances on a model with random weights.

`python benchmarks/explanation_speed.py PROJECT` reads the models of a finished run in PROJECT,
prints Markdown and writes explanation_speed.csv and explanation_speed.png.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import statistics
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import studies
import torch
from measuring import CLOCKS, Clock, seconds
from studies import ROWS_AT_ONCE, Subject, Value

PARTS = ("single", "batch", "scaling")
FLOOR_BATCHES = (8, 16, 32, 64, 128, 256, 512)

Peer = Callable[[Value, int, int], None]
"""Explains a game; takes its players and the evaluations of the model."""


def kernel_explainer(value: Value, players: int, evaluations: int) -> None:
    """`shap.KernelExplainer` without feature selection."""
    import shap

    explainer = shap.KernelExplainer(lambda x: value(x > 0.5), np.zeros((1, players)))
    explainer.shap_values(np.ones(players), nsamples=evaluations - 2, l1_reg=0, silent=True)


def permutation_explainer(value: Value, players: int, evaluations: int) -> None:
    """`shap.PermutationExplainer`."""
    import shap

    explainer = shap.PermutationExplainer(lambda x: value(x > 0.5), np.zeros((1, players)))
    explainer(np.ones((1, players)), max_evals=max(evaluations, 2 * players + 1), silent=True)


def captum_kernel_shap(value: Value, players: int, evaluations: int) -> None:
    """`captum.attr.KernelShap`, which asks for 64 coalitions at a time."""
    from captum.attr import KernelShap

    KernelShap(lambda x: torch.from_numpy(value(x.numpy() > 0.5))).attribute(
        torch.ones(1, players),
        baselines=torch.zeros(1, players),
        n_samples=evaluations,
        perturbations_per_eval=ROWS_AT_ONCE,
    )


def shapiq_kernel_shap(value: Value, players: int, evaluations: int) -> None:
    """`shapiq.KernelSHAP`."""
    import shapiq

    shapiq.KernelSHAP(n=players, random_state=0).approximate(budget=evaluations, game=value)


def lime_text(value: Value, players: int, evaluations: int) -> None:
    """`lime.lime_text.LimeTextExplainer` on a text of as many words as there are players."""
    from lime.lime_text import LimeTextExplainer

    def classify(texts: list[str]) -> np.ndarray:
        masks = np.zeros((len(texts), players), dtype=bool)
        for row, text in enumerate(texts):
            masks[row, [int(word[1:]) for word in text.split()]] = True
        values = value(masks)
        return np.column_stack([-values, values])

    text = " ".join(f"w{player}" for player in range(players))
    LimeTextExplainer(random_state=0).explain_instance(
        text, classify, num_features=players, num_samples=evaluations
    )


PEERS: dict[str, Peer] = {
    "shap KernelExplainer": kernel_explainer,
    "shap PermutationExplainer": permutation_explainer,
    "captum KernelShap": captum_kernel_shap,
    "shapiq KernelSHAP": shapiq_kernel_shap,
    "lime LimeTextExplainer": lime_text,
}


def installed() -> dict[str, Peer]:
    """The peers whose packages are there; a name begins with its package's."""
    return {name: peer for name, peer in PEERS.items() if find_spec(name.split()[0])}


def best_batch(subject: Subject, place: int, clock: Clock) -> int:
    """The batch size at which a full-length row of one instance takes the least time."""
    times = {}
    for size in FLOOR_BATCHES:
        work = partial(studies.forward, subject, studies.full_length(subject, place, size))
        work()
        times[size] = min(seconds(work, clock) for _ in range(3)) / size
    return min(times, key=lambda size: times[size])


def floor(subject: Subject, batches: list[int], coalitions: int) -> None:
    """Full-length forward passes of as many coalitions per instance."""
    for place, size in enumerate(batches):
        rows = min(size, coalitions)
        tokens = studies.full_length(subject, place, rows)
        for _ in range(round(coalitions / rows)):
            studies.forward(subject, tokens)


def contestants(subject: Subject, evaluations: int, clock: Clock) -> dict[str, Callable[[], None]]:
    """What is compared, by name: the floor, our methods and the peers on all instances."""
    places = range(len(subject))
    values = [studies.plain_game(subject, place) for place in places]
    batches = [best_batch(subject, place, clock) for place in places]

    def run_ours(method: str) -> None:
        studies.explain(subject, method, evaluations)

    def run_peer(peer: Peer) -> None:
        for value, players in zip(values, subject.lengths, strict=True):
            peer(value, int(players), evaluations)

    return {
        "floor: full-length passes": partial(floor, subject, batches, evaluations),
        **{f"Vitrine {method}": partial(run_ours, method) for method in studies.METHODS},
        **{name: partial(run_peer, peer) for name, peer in installed().items()},
    }


def compare(
    subject: Subject, evaluations: int, repeats: int, clock: Clock
) -> Iterator[dict[str, Any]]:
    """Median seconds per explanation of every method on the subject's instances together."""
    work = contestants(subject, evaluations, clock)
    times: dict[str, list[float]] = {name: [] for name in work}
    order = list(work)
    for turn in range(repeats + 1):
        random.Random(turn).shuffle(order)
        for name in order:
            # The first turn loads the packages and fills the caches; one instance is enough.
            if turn == 0 and len(subject) > 1:
                continue
            duration = seconds(work[name], clock)
            if turn:
                times[name].append(duration / len(subject))
    for name, durations in times.items():
        yield {
            "part": "methods",
            "study": subject.name,
            "instances": len(subject),
            "players": float(subject.lengths.mean()),
            "evaluations": evaluations,
            "method": name,
            "seconds": statistics.median(durations),
        }


def _measure(connection: Connection, clock: Clock, case: tuple[int, int, int], method: str) -> None:
    """Send the seconds of a call and the MiB by which the peak memory of the process grew."""
    players, evaluations, instances = case
    subject = studies.random_subject(players, instances)
    studies.explain(studies.random_subject(4, 1), method, 16)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    duration = seconds(lambda: studies.explain(subject, method, evaluations), clock)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    connection.send((duration, (peak - pages * resource.getpagesize()) / 2**20))


def scaling(clock: Clock, quick: bool) -> Iterator[dict[str, Any]]:
    """Seconds and added peak memory of each of our methods along three axes."""
    for method in studies.METHODS:
        yield from scaling_of(method, clock, quick)


def scaling_of(method: str, clock: Clock, quick: bool) -> Iterator[dict[str, Any]]:
    """Seconds and added peak memory of one call in a separate process, along three axes."""
    points = {
        "players": [(n, max(512, n + 2), 1) for n in (8, 16, 32, 64, 128, 256, 512)],
        "evaluations": [(64, e, 1) for e in (128, 256, 512, 1024, 2048, 4096, 8192)],
        "instances": [(32, 256, i) for i in (1, 2, 4, 8, 16, 32, 64)],
    }
    context = multiprocessing.get_context("fork")
    for axis, cases in points.items():
        for case in cases[:3] if quick else cases:
            receiver, sender = context.Pipe(duplex=False)
            child = context.Process(target=_measure, args=(sender, clock, case, method))
            child.start()
            # Otherwise a child that fails would never be noticed.
            sender.close()
            duration, memory = receiver.recv()
            child.join()
            players, evaluations, instances = case
            yield {
                "part": f"scaling by {axis}",
                "study": "random weights",
                "instances": instances,
                "players": players,
                "evaluations": evaluations,
                "method": f"Vitrine {method}",
                "seconds": duration,
                "mebibytes": memory,
            }


def methods_table(rows: list[dict[str, Any]]) -> str:
    """Seconds per explanation of one subject, and times the floor, as Markdown."""
    base = next(row["seconds"] for row in rows if row["method"].startswith("floor"))
    slower = max(row["seconds"] for row in rows if row["method"].startswith("Vitrine"))
    first = rows[0]
    lines = [
        f"\n{first['study']}, {first['instances']} at once, {first['players']:.0f} players, "
        f"{first['evaluations']} evaluations\n",
        "| method | ms per explanation | / floor | / slower of ours |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {row['method']} | {1000 * row['seconds']:.1f} | {row['seconds'] / base:.2f} "
        f"| {row['seconds'] / slower:.1f} |"
        for row in rows
    ]
    return "\n".join(lines)


def scaling_table(rows: list[dict[str, Any]]) -> str:
    """Seconds and memory along the axes, as Markdown."""
    lines = [
        "\n| method, axis | players | evaluations | instances | s | ms each | MiB added |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        name = row["method"].removeprefix("Vitrine ")
        axis = row["part"].removeprefix("scaling by ")
        each = 1000 * row["seconds"] / (row["evaluations"] * row["instances"])
        lines.append(
            f"| {name}, {axis} | {row['players']:.0f} | {row['evaluations']} | {row['instances']} "
            f"| {row['seconds']:.2f} | {each:.3f} | {row['mebibytes']:.0f} |"
        )
    return "\n".join(lines)


def with_ratios(methods: pd.DataFrame) -> pd.DataFrame:
    """The rows of methods with a column ``ratio``: seconds over those of the floor."""
    floors = methods[methods.method.str.startswith("floor")].set_index(["study", "instances"])
    keys = pd.MultiIndex.from_frame(methods[["study", "instances"]])
    return methods.assign(ratio=methods.seconds.to_numpy() / floors.seconds.loc[keys].to_numpy())


def draw_methods(methods: pd.DataFrame, axes: Any) -> None:
    """Bars of the methods' times over the floor's."""
    wide = methods.pivot_table(
        index="method", columns=["study", "instances"], values="ratio", sort=False
    )
    wide.columns = pd.Index(
        [f"{column[0]}, {column[1]} at once" for column in wide.columns.tolist()]
    )
    wide.plot.barh(ax=axes, logx=True)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.invert_yaxis()
    axes.set(xlabel="time / full-length forward passes of as many coalitions", ylabel="")


def draw(table: pd.DataFrame, path: Path) -> None:
    """Bars of the methods' times over the floor's, and the scaling curves."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5.5), layout="constrained")
    if (table.part == "methods").any():
        draw_methods(table[table.part == "methods"], left)
    else:
        left.set_axis_off()
    scaled = table[table.part != "methods"].groupby(["method", "part"], sort=False)
    for key, rows in scaled:
        method, axis = (str(part) for part in key)
        name = axis.removeprefix("scaling by ")
        label = f"{method.removeprefix('Vitrine ')} by {name}"
        style = "o-" if method.endswith("shap") else "s--"
        right.loglog(rows[name], rows.seconds, style, label=label)
    right.set(xlabel="players, evaluations or instances", ylabel="seconds per call")
    if len(scaled):
        right.legend()
    else:
        right.set_axis_off()
    figure.savefig(path, dpi=120)


def parsed() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("project", type=Path, help="folder with the results of a finished run")
    parser.add_argument("--output", type=Path, default=Path(), help="folder of the CSV and PNG")
    parser.add_argument("--studies", nargs="+", help="default: those of the run")
    parser.add_argument("--scale", default="small", help="model size to explain (default: small)")
    parser.add_argument("--evaluations", type=int, default=512)
    parser.add_argument("--batch", type=int, default=32, help="instances explained together")
    parser.add_argument(
        "--repeats", type=int, default=8, help="of one instance; of a batch a quarter"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="no batches, smaller cases of scaling")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure (default: all)"
    )
    parser.add_argument(
        "--clock", choices=list(CLOCKS), default="wall", help="cpu: for a machine that is shared"
    )
    return parser.parse_args()


def measure_methods(options: argparse.Namespace, clock: Clock) -> Iterator[dict[str, Any]]:
    """Compare the methods on every study, on one instance and on a batch."""
    results = options.project / "results"
    for study in options.studies or studies.finished_studies(results):
        subject = studies.load(results, study, options.scale, options.batch)
        # The instance of median length stands for one at a time.
        lengths = subject.lengths
        single = subject.take([int(np.argsort(lengths)[len(lengths) // 2])])
        cases = []
        if "single" in options.parts:
            cases.append((single, options.repeats))
        if "batch" in options.parts and not options.quick:
            cases.append((subject, max(1, options.repeats // 4)))
        for case, repeats in cases:
            rows = list(compare(case, options.evaluations, repeats, clock))
            print(methods_table(rows), flush=True)
            yield from rows


def main() -> None:
    """Measure, print and write."""
    options = parsed()
    clock = CLOCKS[options.clock]
    torch.set_num_threads(options.threads)
    for name in PEERS.keys() - installed().keys():
        print(f"{name} is not installed and left out", file=sys.stderr)
    warnings.filterwarnings("ignore", module=r"(shap|captum|lime|shapiq|sklearn)\.")
    os.environ.setdefault("TQDM_DISABLE", "1")
    table = pd.DataFrame()
    if set(options.parts) != {"scaling"}:
        table = with_ratios(pd.DataFrame(list(measure_methods(options, clock))))
    if "scaling" in options.parts:
        rows = list(scaling(clock, options.quick))
        print(scaling_table(rows))
        table = pd.concat([table, pd.DataFrame(rows)], ignore_index=True)
    options.output.mkdir(parents=True, exist_ok=True)
    table.to_csv(options.output / "explanation_speed.csv", index=False)
    draw(table, options.output / "explanation_speed.png")
    print(json.dumps({"torch": torch.__version__, "threads": options.threads}))


if __name__ == "__main__":
    main()
