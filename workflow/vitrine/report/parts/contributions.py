"""Contributions of features as panels: from tables to what the templates draw, in plain numbers.

Positions and widths are percentages of the drawing's width. A ``sign`` is ``plus``, ``minus`` or
``none``; the style sheet gives it a colour and a mark that is readable without colour.
"""

from typing import Any

import numpy as np
import pandas as pd

from vitrine.report.methods import traits_of
from vitrine.report.parts.instances import (
    ExplainedInstance,
    probability,
    read_pixels,
    split_words,
    standard_error,
)
from vitrine.report.text import wording
from vitrine.report.text.language import say

NORMAL_95 = 1.96
STRONGEST = 0.55  # opacity of the largest contribution; more would hide the text
FAINTEST = 0.06  # share of the largest contribution; less is left unmarked
MOST_ROWS = 13
MOST_WORDS = 10
LEAST_REST = 0.005  # what a waterfall leaves over is shown from here on

Panel = dict[str, Any]
"""What a macro of ``fragments.html`` draws."""


def shade(value: float, largest: float) -> dict[str, Any]:
    """Sign and opacity of a contribution, relative to the largest one shown."""
    strength = abs(value) / largest if largest > 0 else 0.0
    sign = "none" if strength < FAINTEST else ("plus" if value > 0 else "minus")
    return {"sign": sign, "alpha": round(STRONGEST * strength, 3)}


def draw_text(instance: ExplainedInstance, method: str) -> list[dict[str, Any]]:
    """The text in pieces; words that are features carry a shade and a label."""
    rows = instance.attributions[method]
    values = rows["value"].to_numpy()
    largest = _largest(rows["value"])
    pieces: list[dict[str, Any]] = []
    for text, feature in split_words(str(instance.data["text"]), rows["player_name"].tolist()):
        if feature is None:
            pieces.append({"text": text})
        else:
            label = f"{text.strip()}: {_format_amount(method, values[feature])}"
            pieces.append({"text": text, "label": label} | shade(values[feature], largest))
    return pieces


def draw_image(instance: ExplainedInstance, method: str) -> Panel:
    """The image's pixels and its patches with shades, in units of a pixel."""
    rows = instance.attributions[method]
    brightness = read_pixels(instance.data)
    side = round(len(brightness) ** 0.5)
    grid = round(len(rows) ** 0.5)
    patch = side / grid
    largest = _largest(rows["value"])
    digits = 2 if largest < 10 else 1
    return {
        "side": side,
        "patch": patch,
        "pixels": [
            {"x": i % side, "y": i // side, "alpha": round(0.8 * value, 3)}
            for i, value in enumerate(brightness)
            if value > 0
        ],
        "patches": [
            {
                "x": patch * (feature % grid),
                "y": patch * (feature // grid),
                "text": _format_amount(method, value, digits),
                "label": f"{name}: {_format_amount(method, value)}",
            }
            | shade(value, largest)
            for feature, name, value in zip(
                rows["player"], rows["player_name"], rows["value"], strict=True
            )
        ],
    }


def find_strongest(instance: ExplainedInstance, method: str) -> dict[str, str]:
    """The feature that counts most by a method: its ``name`` and its ``value``."""
    rows = instance.attributions[method]
    strongest = rows.iloc[int(rows["value"].abs().to_numpy().argmax())]
    value = _format_amount(method, float(strongest["value"]))
    return {"name": str(strongest["player_name"]), "value": value}


def find_leading(instance: ExplainedInstance, methods: list[str], most: int) -> list[int]:
    """The features that contribute most, each method counted relative to its largest contribution.

    They are ordered by the first method, strongest first.
    """
    table = pd.DataFrame(
        {name: instance.attributions[name]["value"].abs().to_numpy() for name in methods}
    )
    strength = (table / table.max().clip(lower=1e-12)).max(axis=1)
    leading = table.loc[strength.nlargest(most).index]
    places: list[int] = leading.sort_values(methods[0], ascending=False).index.tolist()
    return places


def draw_bars(
    instance: ExplainedInstance, methods: list[str], features: list[int], gaps: bool
) -> Panel:
    """Contributions as rows of bars, one column per method, all on one scale.

    Args:
        instance: whose contributions they are.
        methods: one column each.
        features: the rows, in this order.
        gaps: whether to state how many features were left out between the rows, as in a history.
    """
    tables = [instance.attributions[name] for name in methods]
    low, high = 0.0, 0.0
    for table in tables:
        part = table.iloc[features]
        reach = NORMAL_95 * part["std_error"].fillna(0.0)
        low = min(low, float((part["value"] - reach).min()))
        high = max(high, float((part["value"] + reach).max()))
    scale = _Scale(low, high)
    names = tables[0]["player_name"].tolist()
    rows: list[dict[str, Any]] = []
    before = -1
    for feature in features:
        if gaps and feature - before > 1:
            rows.append({"gap": feature - before - 1})
        before = feature
        cells = [
            _draw_bar(scale, name, table, feature)
            for name, table in zip(methods, tables, strict=True)
        ]
        rows.append({"name": names[feature], "cells": cells})
    if gaps and before < len(names) - 1:
        rows.append({"gap": len(names) - 1 - before})
    return {"columns": [wording.method_title(name) for name in methods], "rows": rows}


def draw_waterfall(instance: ExplainedInstance, additive: str, beside: str | None) -> Panel:
    """From the value of an empty instance to the decision, feature by feature.

    Args:
        instance: whose contributions they are.
        additive: a method whose values add up to the decision, strongest first.
        beside: another method, drawn as bars in a second column.
    """
    table = instance.attributions[additive]
    order = table["value"].abs().sort_values(ascending=False).index.tolist()
    base, full = float(table["base_value"].iloc[0]), float(table["full_value"].iloc[0])
    heights = base + np.concatenate([[0.0], np.cumsum(table["value"].iloc[order].to_numpy())])
    rest = full - float(heights[-1])
    scale = _scale_of_waterfall(table.iloc[order], heights, full)
    second = _scale_of_bars(instance.attributions[beside]) if beside else None
    rows = [{"name": say("script.start_form"), "total": True, "cells": [_draw_mark(scale, base)]}]
    for start, feature in zip(heights[:-1], order, strict=True):
        value = float(table["value"].iloc[feature])
        error = standard_error(float(table["std_error"].iloc[feature]))
        cells = [_draw_cell(scale, additive, value, error, start=float(start))]
        if beside and second:
            cells.append(_draw_bar(second, beside, instance.attributions[beside], feature))
        rows.append({"name": table["player_name"].iloc[feature], "cells": cells})
    if abs(rest) > LEAST_REST:
        cell = _draw_cell(scale, additive, rest, None, start=float(heights[-1]))
        rows.append({"name": say("script.rest"), "cells": [cell]})
    rows.append({"name": say("script.end_form"), "total": True, "cells": [_draw_mark(scale, full)]})
    columns = [additive] + ([beside] if beside else [])
    return {"columns": [wording.method_title(name) for name in columns], "rows": rows}


def describe_decision(instance: ExplainedInstance, odds: bool) -> dict[str, str]:
    """Value of the target without and with all features, and the probabilities that odds mean."""
    rows = next(iter(instance.attributions.values()))
    base, full = float(rows["base_value"].iloc[0]), float(rows["full_value"].iloc[0])
    facts = {"base": wording.format_signed(base), "full": wording.format_signed(full)}
    if odds:
        facts["base_probability"] = wording.format_number(probability(base), 2)
        facts["full_probability"] = wording.format_number(probability(full), 2)
    return facts


class _Scale:
    """A linear scale from values to percentages of a bar's track."""

    def __init__(self, low: float, high: float) -> None:
        self.low = low
        self.width = max(high - low, 1e-12)

    def at(self, value: float) -> float:
        return round(100 * (value - self.low) / self.width, 2)

    def span(self, start: float, end: float) -> dict[str, float]:
        left, right = self.at(min(start, end)), self.at(max(start, end))
        return {"left": left, "width": round(right - left, 2)}


def _scale_of_waterfall(steps: pd.DataFrame, heights: np.ndarray, full: float) -> _Scale:
    """A scale that holds all heights of a waterfall with their whiskers, and its end.

    Args:
        steps: rows of attributions in the order of the waterfall.
        heights: float64 [steps + 1].
        full: the value of the whole instance.
    """
    reach = NORMAL_95 * steps["std_error"].fillna(0.0).to_numpy()
    ends = np.concatenate([heights, heights[1:] - reach, heights[1:] + reach, [full]])
    return _Scale(float(ends.min()), float(ends.max()))


def _scale_of_bars(table: pd.DataFrame) -> _Scale:
    """A scale that holds zero and all values with their whiskers."""
    errors = NORMAL_95 * table["std_error"].fillna(0.0)
    low, high = (table["value"] - errors).min(), (table["value"] + errors).max()
    return _Scale(min(0.0, low), max(0.0, high))


def _draw_bar(scale: _Scale, method: str, table: pd.DataFrame, feature: int) -> dict[str, Any]:
    value = float(table["value"].iloc[feature])
    error = standard_error(float(table["std_error"].iloc[feature]))
    return _draw_cell(scale, method, value, error, start=0.0)


def _draw_cell(
    scale: _Scale, method: str, value: float, error: float | None, start: float
) -> dict[str, Any]:
    end = start + value
    cell: dict[str, Any] = {
        "zero": scale.at(start),
        "sign": "plus" if value >= 0 else "minus",
        "text": _format_amount(method, value),
        "error_text": f"± {wording.format_number(NORMAL_95 * error, 2)}" if error else "",
        **scale.span(start, end),
    }
    if error:
        cell["error"] = scale.span(end - NORMAL_95 * error, end + NORMAL_95 * error)
    return cell


def _draw_mark(scale: _Scale, value: float) -> dict[str, Any]:
    return {"mark": scale.at(value), "text": wording.format_signed(value), "error_text": ""}


def _largest(values: pd.Series) -> float:
    return float(values.abs().max()) if len(values) else 0.0


def _format_amount(method: str, value: float, digits: int = 2) -> str:
    """A contribution with its sign, where the method's values have one."""
    if traits_of(method).signed:
        return wording.format_signed(value, digits)
    return wording.format_number(value, digits)
