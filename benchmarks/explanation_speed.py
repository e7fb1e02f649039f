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
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow"))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402

from vitrine.attribution.methods.lime import LimeOptions  # noqa: E402
from vitrine.attribution.methods.lime.lime import NEIGHBOURHOODS, lime  # noqa: E402
from vitrine.attribution.methods.shap.shapley import shapley  # noqa: E402
from vitrine.data.encoding import load_encoding  # noqa: E402
from vitrine.data.examples import Examples  # noqa: E402
from vitrine.explaining.instances import chosen_instances  # noqa: E402
from vitrine.games.evaluator import Evaluator  # noqa: E402
from vitrine.games.game import play  # noqa: E402
from vitrine.games.model_games import ModelGames  # noqa: E402
from vitrine.games.values import kind_for, target_value  # noqa: E402
from vitrine.models.packing import pack  # noqa: E402
from vitrine.models.storage import load_model  # noqa: E402
from vitrine.models.transformer import Architecture, Transformer  # noqa: E402

PEERS_BATCH = 64
PARTS = ("single", "batch", "scaling")
FLOOR_BATCHES = (8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True)
class Subject:
    """A model and the instances that are explained."""

    name: str
    domain: str
    model: Transformer
    examples: Examples
    targets: np.ndarray

    def take(self, places: list[int]) -> "Subject":
        """Some of the instances."""
        rows = np.array(places)
        return Subject(
            self.name, self.domain, self.model, self.examples.take(rows), self.targets[rows]
        )


def load(project: Path, study: str, scale: str, count: int, seed: str = "seed0") -> Subject:
    """A study's model of one scale and seed and its chosen test instances."""
    data = project / "results" / study / "data"
    folder = project / "results" / study / scale / seed
    encoding = load_encoding(data)
    model = load_model(folder / "model.safetensors", folder / "architecture.json")
    *_, chosen = chosen_instances(
        data, folder / "predictions.parquet", encoding, count=count, target="predicted", seed=0
    )
    return Subject(study, encoding.domain, model, chosen.examples, chosen.targets)


def plain(subject: Subject, place: int) -> Callable[[np.ndarray], np.ndarray]:
    """The game of one instance as a user of the peers writes it: bool [m, n] to float64 [m]."""
    instance = subject.examples.take(np.array([place]))
    kind = kind_for("log_odds", subject.model.shape.outputs == 0)

    @torch.no_grad()
    def value(masks: np.ndarray) -> np.ndarray:
        values = []
        for start in range(0, len(masks), PEERS_BATCH):
            part = masks[start : start + PEERS_BATCH]
            tokens = pack(instance, np.nonzero(part)[1], part.sum(axis=1))
            target = torch.full((len(part),), int(subject.targets[place]))
            values.append(target_value(subject.model(tokens), target, kind).numpy())
        return np.concatenate(values)

    return value


def ours(subject: Subject, evaluations: int, method: str) -> None:
    """Explain all instances of the subject together."""
    lengths = subject.examples.lengths
    rng = np.random.default_rng(0)
    neighbourhood = NEIGHBOURHOODS[subject.domain]
    strategies = [
        shapley(int(n), evaluations=evaluations, rng=rng)
        if method == "shap"
        else lime(int(n), LimeOptions(samples=evaluations - 1), neighbourhood, rng)
        for n in lengths
    ]
    play(strategies, Evaluator(ModelGames(subject.model, subject.examples, subject.targets)))


def kernel_explainer(value: Callable, players: int, evaluations: int) -> None:
    """`shap.KernelExplainer` without feature selection."""
    import shap

    explainer = shap.KernelExplainer(lambda x: value(x > 0.5), np.zeros((1, players)))
    explainer.shap_values(np.ones(players), nsamples=evaluations - 2, l1_reg=0, silent=True)


def permutation_explainer(value: Callable, players: int, evaluations: int) -> None:
    """`shap.PermutationExplainer`."""
    import shap

    explainer = shap.PermutationExplainer(lambda x: value(x > 0.5), np.zeros((1, players)))
    explainer(np.ones((1, players)), max_evals=max(evaluations, 2 * players + 1), silent=True)


def captum_kernel_shap(value: Callable, players: int, evaluations: int) -> None:
    """`captum.attr.KernelShap`, which asks for 64 coalitions at a time."""
    from captum.attr import KernelShap

    KernelShap(lambda x: torch.from_numpy(value(x.numpy() > 0.5))).attribute(
        torch.ones(1, players),
        baselines=torch.zeros(1, players),
        n_samples=evaluations,
        perturbations_per_eval=PEERS_BATCH,
    )


def shapiq_kernel_shap(value: Callable, players: int, evaluations: int) -> None:
    """`shapiq.KernelSHAP`."""
    import shapiq

    shapiq.KernelSHAP(n=players, random_state=0).approximate(budget=evaluations, game=value)


def lime_text(value: Callable, players: int, evaluations: int) -> None:
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


PEERS: dict[str, Callable[[Callable, int, int], None]] = {
    "shap KernelExplainer": kernel_explainer,
    "shap PermutationExplainer": permutation_explainer,
    "captum KernelShap": captum_kernel_shap,
    "shapiq KernelSHAP": shapiq_kernel_shap,
    "lime LimeTextExplainer": lime_text,
}


def installed() -> dict[str, Callable[[Callable, int, int], None]]:
    """The peers whose packages are there; a name begins with its package's."""
    return {name: peer for name, peer in PEERS.items() if find_spec(name.split()[0])}


CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
clock = CLOCKS["wall"]


def seconds(work: Callable[[], object]) -> float:
    """Time of a call by the chosen clock."""
    start = clock()
    work()
    return clock() - start


@torch.no_grad()
def best_batch(subject: Subject, place: int) -> int:
    """The batch size at which full-length rows of one instance take least time each."""
    times = {}
    for size in FLOOR_BATCHES:
        tokens = full_length(subject, place, size)
        subject.model(tokens)
        times[size] = min(seconds(lambda t=tokens: subject.model(t)) for _ in range(3)) / size
    return min(times, key=lambda size: times[size])


def full_length(subject: Subject, place: int, rows: int):
    """Whole rows of one instance."""
    instance = subject.examples.take(np.array([place]))
    players = np.tile(np.arange(len(instance.ids)), rows)
    return pack(instance, players, np.full(rows, len(instance.ids)))


@torch.no_grad()
def floor(subject: Subject, batches: list[int], coalitions: int) -> None:
    """Full-length forward passes of as many coalitions per instance."""
    for place, size in enumerate(batches):
        tokens = full_length(subject, place, min(size, coalitions))
        for _ in range(round(coalitions / len(tokens.ids))):
            subject.model(tokens)


def compare(subject: Subject, evaluations: int, repeats: int) -> Iterator[dict[str, object]]:
    """Median seconds per explanation of every method on the subject's instances together."""
    lengths = subject.examples.lengths
    values = [plain(subject, place) for place in range(len(lengths))]
    batches = [best_batch(subject, place) for place in range(len(lengths))]

    def loop(peer: Callable[[Callable, int, int], None]) -> None:
        for value, players in zip(values, lengths, strict=True):
            peer(value, int(players), evaluations)

    work: dict[str, Callable[[], None]] = {
        "floor: full-length passes": lambda: floor(subject, batches, evaluations),
        "Vitrine shap": lambda: ours(subject, evaluations, "shap"),
        "Vitrine lime": lambda: ours(subject, evaluations, "lime"),
    } | {name: lambda peer=peer: loop(peer) for name, peer in installed().items()}
    times: dict[str, list[float]] = {name: [] for name in work}
    order = list(work)
    for turn in range(repeats + 1):
        random.Random(turn).shuffle(order)
        for name in order:
            # The first turn loads the packages and warms the caches; one instance is enough.
            if turn == 0 and len(lengths) > 1:
                continue
            taken = seconds(work[name])
            if turn:
                times[name].append(taken / len(lengths))
    for name, taken in times.items():
        yield {
            "part": "methods",
            "study": subject.name,
            "instances": len(lengths),
            "players": float(lengths.mean()),
            "evaluations": evaluations,
            "method": name,
            "seconds": statistics.median(taken),
        }


def random_subject(players: int, instances: int) -> Subject:
    """A `small` transformer with random weights and random instances."""
    torch.manual_seed(0)
    shape = Architecture(2, 4, 64, 1000, 0, 1, players, 0, 2, False, "mean", 0.0)
    rng = np.random.default_rng(0)
    total = players * instances
    examples = Examples(
        instance=np.arange(instances),
        ids=rng.integers(1, 1000, total),
        features=np.zeros((total, 0), dtype=np.float32),
        positions=np.tile(np.arange(players), instances),
        offsets=np.arange(instances + 1) * players,
        labels=np.zeros(instances, dtype=np.int64),
    )
    return Subject(
        "random", "text", Transformer(shape).eval(), examples, np.zeros(instances, dtype=np.int64)
    )


def _measure(connection, players: int, evaluations: int, instances: int, method: str) -> None:
    subject = random_subject(players, instances)
    ours(random_subject(4, 1), 16, method)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    taken = seconds(lambda: ours(subject, evaluations, method))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    connection.send((taken, (peak - pages * resource.getpagesize()) / 2**20))


def scaling(quick: bool) -> Iterator[dict[str, object]]:
    """Seconds and added peak memory of each of our methods along three axes."""
    for method in ("shap", "lime"):
        yield from scaling_of(method, quick)


def scaling_of(method: str, quick: bool) -> Iterator[dict[str, object]]:
    """Seconds and added peak memory of one call in a process of its own, along three axes."""
    points = {
        "players": [(n, max(512, n + 2), 1) for n in (8, 16, 32, 64, 128, 256, 512)],
        "evaluations": [(64, e, 1) for e in (128, 256, 512, 1024, 2048, 4096, 8192)],
        "instances": [(32, 256, i) for i in (1, 2, 4, 8, 16, 32, 64)],
    }
    context = multiprocessing.get_context("fork")
    for axis, cases in points.items():
        for players, evaluations, instances in cases[:3] if quick else cases:
            ours_end, theirs_end = context.Pipe(duplex=False)
            child = context.Process(
                target=_measure, args=(theirs_end, players, evaluations, instances, method)
            )
            child.start()
            # Else a child that fails would never be noticed.
            theirs_end.close()
            taken, memory = ours_end.recv()
            child.join()
            yield {
                "part": f"scaling by {axis}",
                "study": "random weights",
                "instances": instances,
                "players": players,
                "evaluations": evaluations,
                "method": f"Vitrine {method}",
                "seconds": taken,
                "mebibytes": memory,
            }


def methods_table(table: pd.DataFrame) -> str:
    """Seconds per explanation, and times the floor, as Markdown."""
    lines = []
    for (study, instances), rows in table.groupby(["study", "instances"], sort=False):
        base = rows[rows.method.str.startswith("floor")].seconds.iloc[0]
        best = rows[rows.method.str.startswith("Vitrine")].seconds.max()
        lines += [
            f"\n{study}, {instances} at once, {rows.players.iloc[0]:.0f} players, "
            f"{rows.evaluations.iloc[0]} evaluations\n",
            "| method | ms per explanation | / floor | / slower of ours |",
            "|---|--:|--:|--:|",
        ]
        lines += [
            f"| {row.method} | {1000 * row.seconds:.1f} | {row.seconds / base:.2f} "
            f"| {row.seconds / best:.1f} |"
            for row in rows.itertuples()
        ]
    return "\n".join(lines)


def scaling_table(table: pd.DataFrame) -> str:
    """Seconds and memory along the axes, as Markdown."""
    lines = [
        "\n| method, axis | players | evaluations | instances | s | ms each | MiB added |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in table.itertuples():
        each = 1000 * row.seconds / (row.evaluations * row.instances)
        lines.append(
            f"| {row.method.removeprefix('Vitrine ')}, {row.part.removeprefix('scaling by ')} "
            f"| {row.players:.0f} | {row.evaluations} "
            f"| {row.instances} | {row.seconds:.2f} | {each:.3f} | {row.mebibytes:.0f} |"
        )
    return "\n".join(lines)


def draw_methods(methods: pd.DataFrame, axes) -> None:
    """Bars of the methods' times over the floor's."""
    base = methods[methods.method.str.startswith("floor")].set_index(["study", "instances"])
    keys = pd.MultiIndex.from_frame(methods[["study", "instances"]])
    methods["ratio"] = methods.seconds.to_numpy() / base.seconds.loc[keys].to_numpy()
    wide = methods.pivot_table(
        index="method", columns=["study", "instances"], values="ratio", sort=False
    )
    wide.columns = [f"{study}, {count} at once" for study, count in wide.columns]
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
        draw_methods(table[table.part == "methods"].copy(), left)
    else:
        left.set_axis_off()
    scaled = table[table.part != "methods"].groupby(["method", "part"], sort=False)
    for (method, axis), rows in scaled:
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


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path, help="folder with the results of a finished run")
    parser.add_argument("--output", type=Path, default=Path(), help="folder of the CSV and PNG")
    parser.add_argument("--studies", nargs="+", default=["reviews", "digits", "movies", "credit"])
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
    options = parser.parse_args()
    global clock
    clock = CLOCKS[options.clock]
    torch.set_num_threads(options.threads)
    for name in PEERS.keys() - installed().keys():
        print(f"{name} is not installed and left out", file=sys.stderr)
    warnings.filterwarnings("ignore", module=r"(shap|captum|lime|shapiq|sklearn)\.")
    os.environ.setdefault("TQDM_DISABLE", "1")
    rows: list[dict[str, object]] = []
    compared = set(options.parts) != {"scaling"}
    for study in options.studies if compared else []:
        subject = load(options.project, study, options.scale, options.batch)
        # The instance of median length stands for one at a time.
        lengths = subject.examples.lengths
        single = subject.take([int(np.argsort(lengths)[len(lengths) // 2])])
        cases = []
        if "single" in options.parts:
            cases.append((single, options.repeats))
        if "batch" in options.parts and not options.quick:
            cases.append((subject, max(1, options.repeats // 4)))
        for case, repeats in cases:
            measured = list(compare(case, options.evaluations, repeats))
            print(methods_table(pd.DataFrame(measured)), flush=True)
            rows += measured
    measured = list(scaling(options.quick)) if "scaling" in options.parts else []
    if measured:
        print(scaling_table(pd.DataFrame(measured)))
    table = pd.DataFrame(rows + measured)
    options.output.mkdir(parents=True, exist_ok=True)
    table.to_csv(options.output / "explanation_speed.csv", index=False)
    draw(table, options.output / "explanation_speed.png")
    print(json.dumps({"torch": torch.__version__, "threads": options.threads}))


if __name__ == "__main__":
    main()
