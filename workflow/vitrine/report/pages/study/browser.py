"""What the explanations browser of a study's page shows: every explained instance, packed.

The data travel inside the page as deflated JSON. They are rounded to five significant digits; the
Parquet files that the page links hold them in full.
"""

import base64
import json
import math
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.domains.table.encoding import value_text
from vitrine.data.encoding import load_encoding
from vitrine.files import read_json
from vitrine.report.methods import order_methods, traits_of
from vitrine.report.pages.study.charts import draw_instance_curve
from vitrine.report.pages.study.validation import output_unit
from vitrine.report.parts.charts import finish_chart
from vitrine.report.parts.faithfulness import CURVES, area_of
from vitrine.report.parts.instances import (
    ExplainedInstance,
    choose_by_rule,
    describe_prediction,
    load_instances,
    load_item_titles,
    read_pixels,
    split_words,
)
from vitrine.report.parts.results import StudyResults
from vitrine.report.text import wording
from vitrine.report.text.language import has_text, say
from vitrine.validation.registry import MEASURES

DIGITS = 5
# Instances on a page at most: those of a text take some 8 kB each. The tables hold all.
MOST = 1000
MAPS = 1_800_000  # bytes that the attention maps of a page take at most
UNITS = 250_000  # bytes that the activation maps take at most
UNKNOWN_ITEM = {"title": "", "year": "", "genres": ""}

Points = list[list[float | None]]


def describe_browser(
    results: StudyResults, attributions: pd.DataFrame, explained: pd.DataFrame
) -> dict[str, Any]:
    """The browser's data and the facts that its frame needs.

    Args:
        results: of the study.
        attributions: of the chosen model, by all methods that were validated.
        explained: see `vitrine.report.parts.instances.explained_predictions`.
    """
    by_rule = choose_by_rule(explained)
    # Instances chosen by rule come first, so that theirs are the maps that surely fit.
    ordered = pd.concat([by_rule, _without(explained, by_rule)], ignore_index=True).head(MOST)
    units = _PackedArrays(
        results.chosen.folder / "attention" / "activations.npz", UNITS, _quantise_activations
    )
    instances = _describe_instances(results, attributions, ordered, units)
    for place, facts in enumerate(instances):
        facts["rule"] = place < len(by_rule)
    methods = order_methods(results.methods)
    content = {
        "kind": results.domain,
        "panel": results.panel,
        "value": attributions.attrs["value"],
        "methods": [
            traits_of(name).facts()
            | {"title": wording.method_title(name), "reasons": _states_reasons(results, name)}
            for name in methods
        ],
        "units": units.read("units"),
        "instances": instances,
    }
    return {
        "packed": pack(content),
        "n": len(instances),
        "right": sum(facts["right"] for facts in instances),
        "maps": sum(facts["attention"] is not None for facts in instances),
        "chosen": len(by_rule),
        "curves": _draw_curves(results, methods),
    }


def _states_reasons(results: StudyResults, method: str) -> bool:
    """Whether a method's values may be told as reasons: in units of the output, and not refuted.

    A method is refuted if it is worse than or equivalent to the random ranking, or if its
    explanations stay alike when the parameters of the model are random.
    """
    traits = traits_of(method)
    if traits.is_floor or traits.own_units:
        return False
    chance = results.verdict.facts["chance"].get(method, {}) if results.verdict else {}
    sanity = read_json(results.chosen.folder / "sanity.json")["parameters"].get(method, {})
    refuted = chance.get("outcome") in ("worse", "equivalent")
    return not refuted and sanity.get("outcome") != "failed"


def pack(content: Any) -> str:
    """JSON, deflated, as base64: what the page's script unpacks."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode()


def shorten(value: float) -> float | None:
    """A number with five significant digits; None where there is none."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def _shorten_all(values: Iterable[float]) -> list[float | None]:
    return [shorten(value) for value in values]


def _without(explained: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The explained instances that are not among others, by split and number."""
    keys = ["split", "instance"]
    left_out = set(others[keys].itertuples(index=False, name=None))
    rest = [key not in left_out for key in explained[keys].itertuples(index=False, name=None)]
    return explained[rest].sort_values(keys)


def _describe_instances(
    results: StudyResults, attributions: pd.DataFrame, ordered: pd.DataFrame, units: "_PackedArrays"
) -> list[dict[str, Any]]:
    titles = load_item_titles(results)
    panel = _InstancePanel(results)
    diagnostics = _read_diagnostics(results)
    curves = _read_curves(results)
    areas = _rank_areas(results)
    maps = _PackedArrays(
        results.chosen.folder / "attention" / "attention.npz", MAPS, _quantise_weights
    )
    instances = []
    for instance in load_instances(results, attributions, ordered):
        key = f"{instance.split}/{instance.instance}"
        instances.append(
            {
                "split": instance.split,
                "instance": instance.instance,
                "right": instance.right,
                **describe_prediction(instance, titles),
                **_describe_values(instance),
                **panel.describe(instance),
                "diagnostics": diagnostics.get(key, {}),
                "curves": curves.get(key, {}),
                "areas": areas.get(key, {}),
                "attention": maps.pack(key),
                "units": units.pack(key),
            }
        )
    return instances


def _draw_curves(results: StudyResults, methods: list[str]) -> dict[str, Any]:
    """The charts of an instance's curves by curve; the script gives them their points."""
    features = wording.domain_wording(results.domain).features
    axis = say(f"curves.{output_unit(results)}")
    return {
        curve: finish_chart(
            draw_instance_curve(methods, say(f"curves.{curve}_axis", players=features), axis),
            220,
            say(f"script.{curve}"),
        )
        for curve in CURVES
    }


def _describe_values(instance: ExplainedInstance) -> dict[str, Any]:
    """Features, attributions with standard errors, and the values they lead between."""
    rows = next(iter(instance.attributions.values()))
    return {
        "players": rows["player_name"].tolist(),
        "base": shorten(float(rows["base_value"].iloc[0])),
        "full": shorten(float(rows["full_value"].iloc[0])),
        "values": {
            name: _shorten_all(table["value"]) for name, table in instance.attributions.items()
        },
        "errors": {
            name: _shorten_all(table["std_error"])
            for name, table in instance.attributions.items()
            if table["std_error"].notna().any()
        },
    }


class _InstancePanel:
    """What shows an instance itself, by how its domain is drawn."""

    def __init__(self, results: StudyResults) -> None:
        self._describe = {
            "words": self._describe_words,
            "patches": self._describe_patches,
            "history": self._describe_history,
            "fields": self._describe_fields,
        }[results.panel]
        data = results.folder / "data"
        if results.panel == "history":
            self._items = _read_catalog(data / "catalog.parquet")
        elif results.panel == "fields":
            self._train = pd.read_parquet(data / "train.parquet")
            self._fields = load_encoding(data).details["fields"]

    def describe(self, instance: ExplainedInstance) -> dict[str, Any]:
        """What the script needs to draw an instance."""
        names = next(iter(instance.attributions.values()))["player_name"].tolist()
        return self._describe(instance, names)

    def _describe_words(self, instance: ExplainedInstance, names: list[str]) -> dict[str, Any]:
        spans = split_words(str(instance.data["text"]), names)
        return {"pieces": [[text, feature] for text, feature in spans]}

    def _describe_patches(self, instance: ExplainedInstance, names: list[str]) -> dict[str, Any]:  # noqa: ARG002
        return {"pixels": [round(value, 3) for value in read_pixels(instance.data)]}

    def _describe_history(self, instance: ExplainedInstance, names: list[str]) -> dict[str, Any]:
        # Of a history longer than the model's window the latest items are seen.
        items = [str(item) for item in instance.data["films"]][-len(names) :]
        seen = [self._items.get(item, UNKNOWN_ITEM) for item in items]
        if len(seen) != len(names):
            seen = [UNKNOWN_ITEM] * len(names)
        recommended = self._items.get(str(instance.prediction["predicted"]), UNKNOWN_ITEM)
        return {"films": seen, "recommended": recommended}

    def _describe_fields(self, instance: ExplainedInstance, names: list[str]) -> dict[str, Any]:  # noqa: ARG002
        return {"fields": [self._describe_field(instance, field) for field in self._fields]}

    def _describe_field(self, instance: ExplainedInstance, field: dict[str, Any]) -> dict[str, Any]:
        """A field's value and its place among the training rows, as a share of them."""
        column, value = self._train[field["column"]], instance.data[field["column"]]
        facts: dict[str, Any] = {"field": field["name"], "value": value_text(value)}
        if pd.isna(value):
            return facts | {"place": "missing", "share": shorten(float(column.isna().mean()))}
        if field["kind"] == "numeric":
            present = column.dropna()
            below, above = float((present < value).mean()), float((present > value).mean())
            if below >= above:
                return facts | {"place": "above", "share": shorten(below)}
            return facts | {"place": "below", "share": shorten(above)}
        return facts | {"place": "equal", "share": shorten(float((column == value).mean()))}


def _read_catalog(path: Path) -> dict[str, dict[str, str]]:
    """Item number (as text) to ``title, year, genres``, empty where they are not known."""
    catalog = pd.read_parquet(path)
    all_genres = catalog.get("genres", pd.Series("", index=catalog.index))
    years = catalog.get("year", pd.Series(pd.NA, index=catalog.index))
    return {
        str(item): {
            "title": str(title),
            "year": "" if pd.isna(year) else str(int(year)),
            "genres": "" if pd.isna(genres) else str(genres).replace("|", ", "),
        }
        for item, title, year, genres in zip(
            catalog["film"], catalog["title"], years, all_genres, strict=True
        )
    }


def _read_diagnostics(results: StudyResults) -> dict[str, dict[str, dict[str, float | None]]]:
    """Those diagnostics of the methods that have a text, by instance and method."""
    diagnostics: dict[str, dict[str, dict[str, float | None]]] = {}
    for method in order_methods(results.methods):
        path = results.chosen.folder / "diagnostics" / f"{method}.parquet"
        if not path.exists():
            continue
        for row in pd.read_parquet(path).to_dict("records"):
            name = str(row["diagnostic"])
            if has_text(f"script.diagnostic.{name}"):
                instance = diagnostics.setdefault(f"{row['split']}/{row['instance']}", {})
                instance.setdefault(method, {})[name] = shorten(row["value"])
    return diagnostics


def _read_curves(results: StudyResults) -> dict[str, dict[str, dict[str, Points]]]:
    """Curves by instance, curve and method: pairs of share and value."""
    frame = results.faithfulness
    pattern = rf"^(?P<curve>{'|'.join(CURVES)})_(?P<share>[\d.]+)$"
    parts = frame["measure"].str.extract(pattern)
    frame = frame.assign(curve=parts["curve"], share=parts["share"].astype(float))
    frame = frame.dropna(subset=["curve", "value"]).sort_values("share", kind="stable")
    curves: dict[str, dict[str, dict[str, Points]]] = {}
    columns = ["split", "instance", "curve", "method", "share", "value"]
    for split, instance, curve, method, share, value in frame[columns].itertuples(index=False):
        methods = curves.setdefault(f"{split}/{instance}", {}).setdefault(curve, {})
        methods.setdefault(method, []).append([shorten(share), shorten(value)])
    return curves


def _rank_areas(results: StudyResults) -> dict[str, dict[str, list[list[str | float | None]]]]:
    """Methods and the areas under their curves by instance and curve, the fastest order first."""
    areas: dict[str, dict[str, list[list[str | float | None]]]] = {}
    columns = ["split", "instance", "method", "value"]
    for curve in CURVES:
        measure = area_of(curve)
        rows = results.faithfulness[results.faithfulness["measure"] == measure]
        rows = rows.dropna(subset=["value"]).sort_values(
            "value", ascending=not MEASURES[measure].higher_is_better, kind="stable"
        )
        for split, instance, method, value in rows[columns].itertuples(index=False):
            ranking = areas.setdefault(f"{split}/{instance}", {}).setdefault(curve, [])
            ranking.append([method, shorten(value)])
    return areas


class _PackedArrays:
    """Arrays of a file as deflated bytes in base64, as long as they fit a page.

    Args:
        path: npz, ``<split>/<instance>`` -> array; may be missing.
        budget: characters that all take at most.
        quantise: array to uint8.
    """

    def __init__(
        self, path: Path, budget: int, quantise: Callable[[np.ndarray], np.ndarray]
    ) -> None:
        self._arrays = np.load(path) if path.exists() else None
        self._left = budget
        self._quantise = quantise

    def read(self, key: str) -> list[Any] | None:
        """An array as it is; None where there is none."""
        if self._arrays is None or key not in self._arrays:
            return None
        numbers: list[Any] = self._arrays[key].tolist()
        return numbers

    def pack(self, key: str) -> dict[str, Any] | None:
        """Shape and bytes; None where there is no array or no room is left."""
        if self._arrays is None or key not in self._arrays:
            return None
        array = self._arrays[key]
        encoded = base64.b64encode(zlib.compress(self._quantise(array).tobytes(), 9)).decode()
        if len(encoded) > self._left:
            return None
        self._left -= len(encoded)
        return {"shape": list(array.shape), "bytes": encoded}


def _quantise_weights(maps: np.ndarray) -> np.ndarray:
    """Attention weights w as round(255 sqrt(w)): small ones keep more digits."""
    levels: np.ndarray = np.rint(255 * np.sqrt(np.clip(maps, 0, 1))).astype(np.uint8)
    return levels


def _quantise_activations(values: np.ndarray) -> np.ndarray:
    """Activations of each unit relative to the unit's largest: 255 is the largest."""
    largest = np.maximum(values.max(axis=-1, keepdims=True), 1e-12)
    levels: np.ndarray = np.rint(255 * np.clip(values / largest, 0, 1)).astype(np.uint8)
    return levels
