"""What the explanations browser of a study's page shows: every explained instance, packed.

The data travel inside the page as deflated JSON. They are rounded to five significant digits; the
Parquet files that the page links hold them in full.
"""

import base64
import json
import math
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.report.parts.examples import (
    Example,
    choose,
    load_examples,
    pixels,
    prediction_facts,
    titles_of,
    word_spans,
)
from vitrine.report.parts.results import Results
from vitrine.report.text import wording
from vitrine.validation.registry import MEASURES

DIGITS = 5
# Instances on a page at most: those of a text take some 8 kB each. The tables hold all.
MOST = 1000
MAPS = 1_800_000  # bytes that the attention maps of a page take at most
UNITS = 250_000  # bytes that the activation maps take at most


def browser_section(
    results: Results, attributions: pd.DataFrame, explained: pd.DataFrame
) -> dict[str, Any]:
    """The browser's data and the facts that its frame needs.

    Args:
        results: of the study.
        attributions: of the chosen model, by all methods that were validated.
        explained: see `explained_predictions`.
    """
    first = choose(explained)
    keys = ["split", "instance"]
    chosen = set(map(tuple, first[keys].itertuples(index=False)))
    others = explained[
        [tuple(key) not in chosen for key in explained[keys].itertuples(index=False)]
    ]
    ordered = pd.concat([first, others.sort_values(keys)], ignore_index=True).head(MOST)
    examples = load_examples(results, attributions, ordered)
    titles = titles_of(results)
    describe = _Describe(results)
    diagnostics = _diagnostics(results)
    curves = _curves(results)
    areas = _areas(results)
    # Instances chosen by rule come first, so that theirs are the maps that surely fit.
    maps = _Arrays(results.chosen.folder / "attention" / "attention.npz", MAPS, _weights)
    units = _Arrays(results.chosen.folder / "attention" / "activations.npz", UNITS, _activations)
    instances = []
    for place, example in enumerate(examples):
        key = f"{example.split}/{example.instance}"
        facts = prediction_facts(example, titles)
        instances.append(
            {
                "split": example.split,
                "instance": example.instance,
                "right": example.right,
                "rule": place < len(first),
                **facts,
                **_values(example),
                **describe(example),
                "diagnostics": diagnostics.get(key, {}),
                "curves": curves.get(key, {}),
                "areas": areas.get(key, {}),
                "attention": maps(key),
                "units": units(key),
            }
        )
    methods = [name for name in wording.METHODS if name in results.methods]
    content = {
        "kind": results.domain,
        "value": attributions.attrs["value"],
        "methods": [{"name": name, "title": wording.method(name)} for name in methods],
        "units": units.numbers("units"),
        "instances": instances,
    }
    return {
        "packed": pack(content),
        "n": len(instances),
        "right": sum(one["right"] for one in instances),
        "maps": sum(one["attention"] is not None for one in instances),
        "chosen": len(first),
    }


def pack(content: Any) -> str:
    """JSON, deflated, as base64: what the page's script unpacks."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode()


def short(value: float) -> float | None:
    """A number with five significant digits; None where there is none."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def _shorts(values: Iterable[float]) -> list[float | None]:
    return [short(value) for value in values]


def _values(example: Example) -> dict[str, Any]:
    """Players, attributions with standard errors, and the values they lead between."""
    rows = next(iter(example.attributions.values()))
    return {
        "players": rows["player_name"].tolist(),
        "base": short(float(rows["base_value"].iloc[0])),
        "full": short(float(rows["full_value"].iloc[0])),
        "values": {name: _shorts(own["value"]) for name, own in example.attributions.items()},
        "errors": {
            name: _shorts(own["std_error"])
            for name, own in example.attributions.items()
            if own["std_error"].notna().any()
        },
    }


class _Describe:
    """What shows an instance itself, by its kind of data."""

    def __init__(self, results: Results) -> None:
        self.kind = results.domain
        data = results.folder / "data"
        if self.kind == "sequence":
            catalog = pd.read_parquet(data / "catalog.parquet")
            genres = catalog.get("genres", pd.Series("", index=catalog.index))
            years = catalog.get("year", pd.Series(pd.NA, index=catalog.index))
            self.films = {
                str(film): {
                    "title": str(title),
                    "year": "" if pd.isna(year) else str(int(year)),
                    "genres": "" if pd.isna(own) else str(own).replace("|", ", "),
                }
                for film, title, year, own in zip(
                    catalog["film"], catalog["title"], years, genres, strict=True
                )
            }
        elif self.kind == "table":
            self.train = pd.read_parquet(data / "train.parquet")

    def __call__(self, example: Example) -> dict[str, Any]:
        names = next(iter(example.attributions.values()))["player_name"].tolist()
        if self.kind == "text":
            spans = word_spans(str(example.data["text"]), names)
            return {"pieces": [[text, player] for text, player in spans]}
        if self.kind == "image":
            return {"pixels": [round(value, 3) for value in pixels(example.data)]}
        if self.kind == "sequence":
            # Of a history longer than the model's window the latest films are seen.
            films = [str(film) for film in example.data["films"]][-len(names) :]
            unknown = {"title": "", "year": "", "genres": ""}
            seen = [self.films.get(film, unknown) for film in films]
            if len(seen) != len(names):
                seen = [unknown] * len(names)
            target = self.films.get(str(example.prediction["predicted"]), unknown)
            return {"films": seen, "recommended": target}
        return {"fields": [self._field(example, name) for name in names]}

    def _field(self, example: Example, name: str) -> dict[str, Any]:
        """A field's value and its place among the training rows, as a share of them."""
        field, _, shown = name.partition(" = ")
        facts: dict[str, Any] = {"field": field, "value": shown}
        if field not in self.train or field not in example.data:
            return facts
        column, value = self.train[field], example.data[field]
        if pd.isna(value):
            return facts | {"place": "missing", "share": short(float(column.isna().mean()))}
        if pd.api.types.is_numeric_dtype(column):
            known = column.dropna()
            below, above = float((known < value).mean()), float((known > value).mean())
            if below >= above:
                return facts | {"place": "above", "share": short(below)}
            return facts | {"place": "below", "share": short(above)}
        return facts | {"place": "equal", "share": short(float((column == value).mean()))}


def _diagnostics(results: Results) -> dict[str, dict[str, float | None]]:
    """Local R² of LIME and what SHAP leaves over, by instance."""
    path = results.chosen.folder / "diagnostics" / "lime.parquet"
    if not path.exists():
        return {}
    frame = pd.read_parquet(path)
    own = frame[frame["diagnostic"].isin(["local_r2", "stability_top5"])]
    found: dict[str, dict[str, float | None]] = {}
    for row in own.to_dict("records"):
        key = f"{row['split']}/{row['instance']}"
        found.setdefault(key, {})[str(row["diagnostic"])] = short(row["value"])
    return found


def _curves(results: Results) -> dict[str, dict[str, dict[str, list[list[float | None]]]]]:
    """Deletion and insertion curves by instance, curve and method: pairs of share and value."""
    frame = results.faithfulness
    parts = frame["measure"].str.extract(r"^(?P<curve>deletion|insertion)_(?P<share>[\d.]+)$")
    frame = frame.assign(curve=parts["curve"], share=parts["share"].astype(float))
    frame = frame.dropna(subset=["curve", "value"]).sort_values("share", kind="stable")
    found: dict[str, dict[str, dict[str, list[list[float | None]]]]] = {}
    columns = ["split", "instance", "curve", "method", "share", "value"]
    for split, instance, curve, method, share, value in frame[columns].itertuples(index=False):
        own = found.setdefault(f"{split}/{instance}", {}).setdefault(curve, {})
        own.setdefault(method, []).append([short(share), short(value)])
    return found


def _areas(results: Results) -> dict[str, dict[str, list[list[str | float | None]]]]:
    """Methods and the areas under their curves by instance and curve, the fastest order first."""
    found: dict[str, dict[str, list[list[str | float | None]]]] = {}
    columns = ["split", "instance", "method", "value"]
    for curve in ("deletion", "insertion"):
        measure = f"{curve}_auc"
        rows = results.faithfulness[results.faithfulness["measure"] == measure]
        rows = rows.dropna(subset=["value"]).sort_values(
            "value", ascending=not MEASURES[measure].higher_is_better, kind="stable"
        )
        for split, instance, method, value in rows[columns].itertuples(index=False):
            own = found.setdefault(f"{split}/{instance}", {}).setdefault(curve, [])
            own.append([method, short(value)])
    return found


class _Arrays:
    """Arrays of a file as deflated bytes in base64, as long as they fit a page.

    Args:
        path: npz, ``<split>/<instance>`` -> array; may be missing.
        budget: characters that all take at most.
        quantise: array to uint8.
    """

    def __init__(self, path: Path, budget: int, quantise: Any) -> None:
        self.arrays = np.load(path) if path.exists() else None
        self.left = budget
        self.quantise = quantise

    def numbers(self, key: str) -> list[Any] | None:
        """An array as it is; None where there is none."""
        return self.arrays[key].tolist() if self.arrays is not None and key in self.arrays else None

    def __call__(self, key: str) -> dict[str, Any] | None:
        """Shape and bytes; None where there is no array or no room is left."""
        if self.arrays is None or key not in self.arrays:
            return None
        array = self.arrays[key]
        encoded = base64.b64encode(zlib.compress(self.quantise(array).tobytes(), 9)).decode()
        if len(encoded) > self.left:
            return None
        self.left -= len(encoded)
        return {"shape": list(array.shape), "bytes": encoded}


def _weights(maps: np.ndarray) -> np.ndarray:
    """Attention weights w as round(255 sqrt(w)): small ones keep more digits."""
    return np.rint(255 * np.sqrt(np.clip(maps, 0, 1))).astype(np.uint8)


def _activations(values: np.ndarray) -> np.ndarray:
    """Activations of each unit relative to the unit's largest: 255 is the largest."""
    largest = np.maximum(values.max(axis=-1, keepdims=True), 1e-12)
    return np.rint(255 * np.clip(values / largest, 0, 1)).astype(np.uint8)
