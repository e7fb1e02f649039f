"""HTML fragments: pure functions from tables to what the templates draw, in plain numbers.

Positions and widths are percentages of the drawing's width. A ``sign`` is ``plus``, ``minus`` or
``none``; the style sheet gives it a colour and a mark that is readable without colour.
"""

from typing import Any

import numpy as np
import pandas as pd

from vitrine.report.parts.examples import Example, pixels, probability, standard_error, word_spans
from vitrine.report.text import wording
from vitrine.report.text.language import say

NORMAL_95 = 1.96
STRONGEST = 0.55  # opacity of the largest contribution; more would hide the text
FAINTEST = 0.06  # share of the largest contribution; less is left unmarked
MOST_ROWS = 13
MOST_WORDS = 10


def shade(value: float, largest: float) -> dict[str, Any]:
    """Sign and opacity of a contribution, relative to the largest one shown."""
    strength = abs(value) / largest if largest > 0 else 0.0
    sign = "none" if strength < FAINTEST else ("plus" if value > 0 else "minus")
    return {"sign": sign, "alpha": round(STRONGEST * strength, 3)}


def _largest(values: pd.Series) -> float:
    return float(values.abs().max()) if len(values) else 0.0


def text_panel(example: Example, method: str) -> list[dict[str, Any]]:
    """The text in pieces; words that are players carry a shade and a label."""
    rows = example.attributions[method]
    values = rows["value"].to_numpy()
    largest = _largest(rows["value"])
    pieces = []
    for text, player in word_spans(str(example.data["text"]), rows["player_name"].tolist()):
        if player is None:
            pieces.append({"text": text})
        else:
            label = f"{text.strip()}: {_amount(method, values[player])}"
            pieces.append({"text": text, "label": label} | shade(values[player], largest))
    return pieces


def image_panel(example: Example, method: str) -> dict[str, Any]:
    """The image's pixels and its patches with shades, in units of a pixel."""
    rows = example.attributions[method]
    brightness = pixels(example.data)
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
                "x": patch * (player % grid),
                "y": patch * (player // grid),
                "text": _amount(method, value, digits),
                "label": f"{name}: {_amount(method, value)}",
            }
            | shade(value, largest)
            for player, name, value in zip(
                rows["player"], rows["player_name"], rows["value"], strict=True
            )
        ],
    }


def _amount(method: str, value: float, digits: int = 2) -> str:
    """Rollout is a share of attention and has no sign."""
    return wording.number(value, digits) if method == "rollout" else wording.signed(value, digits)


def strongest(example: Example, method: str) -> dict[str, str]:
    """The player that counts most by a method: its ``name`` and its ``value``."""
    rows = example.attributions[method]
    most = rows.iloc[int(rows["value"].abs().to_numpy().argmax())]
    return {"name": str(most["player_name"]), "value": _amount(method, float(most["value"]))}


def leading(example: Example, methods: list[str], most: int) -> list[int]:
    """The players that contribute most, each method counted relative to its largest contribution.

    They are ordered by the first method, strongest first.
    """
    table = pd.DataFrame(
        {name: example.attributions[name]["value"].abs().to_numpy() for name in methods}
    )
    strength = (table / table.max().clip(lower=1e-12)).max(axis=1)
    kept = strength.nlargest(most).index
    return table.loc[kept].sort_values(methods[0], ascending=False).index.tolist()


def bars(example: Example, methods: list[str], players: list[int], gaps: bool) -> dict[str, Any]:
    """Contributions as rows of bars, one column per method, all on one scale.

    Args:
        example: the instance.
        methods: one column each.
        players: the rows, in this order.
        gaps: whether to say how many players were left out between the rows, as in a history.
    """
    tables = [example.attributions[name] for name in methods]
    low, high = 0.0, 0.0
    for table in tables:
        part = table.iloc[players]
        reach = NORMAL_95 * part["std_error"].fillna(0.0)
        low = min(low, float((part["value"] - reach).min()))
        high = max(high, float((part["value"] + reach).max()))
    scale = _Scale(low, high)
    names = tables[0]["player_name"].tolist()
    rows: list[dict[str, Any]] = []
    before = -1
    for player in players:
        if gaps and player - before > 1:
            rows.append({"gap": player - before - 1})
        before = player
        cells = [
            _bar(scale, name, table, player) for name, table in zip(methods, tables, strict=True)
        ]
        rows.append({"name": names[player], "cells": cells})
    if gaps and before < len(names) - 1:
        rows.append({"gap": len(names) - 1 - before})
    return {"columns": [wording.method(name) for name in methods], "rows": rows}


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


def _bar(scale: _Scale, method: str, table: pd.DataFrame, player: int) -> dict[str, Any]:
    value = float(table["value"].iloc[player])
    error = standard_error(float(table["std_error"].iloc[player]))
    return _cell(scale, method, value, error, start=0.0)


def _cell(
    scale: _Scale, method: str, value: float, error: float | None, start: float
) -> dict[str, Any]:
    end = start + value
    cell: dict[str, Any] = {
        "zero": scale.at(start),
        "sign": "plus" if value >= 0 else "minus",
        "text": _amount(method, value),
        "error_text": f"± {wording.number(NORMAL_95 * error, 2)}" if error else "",
        **scale.span(start, end),
    }
    if error:
        cell["error"] = scale.span(end - NORMAL_95 * error, end + NORMAL_95 * error)
    return cell


def waterfall(example: Example, additive: str, beside: str | None) -> dict[str, Any]:
    """From the value of an empty instance to the decision, player by player.

    Args:
        example: the instance.
        additive: a method whose values add up to the decision, strongest first.
        beside: another method, drawn as bars in a second column.
    """
    table = example.attributions[additive]
    order = table["value"].abs().sort_values(ascending=False).index.tolist()
    base, full = float(table["base_value"].iloc[0]), float(table["full_value"].iloc[0])
    steps = table["value"].iloc[order].to_numpy()
    heights = base + np.concatenate([[0.0], np.cumsum(steps)])
    rest = full - float(heights[-1])
    reach = NORMAL_95 * table["std_error"].fillna(0.0).iloc[order].to_numpy()
    ends = np.concatenate([heights, heights[1:] - reach, heights[1:] + reach, [full]])
    scale = _Scale(float(ends.min()), float(ends.max()))
    columns = [wording.method(additive)] + ([wording.method(beside)] if beside else [])
    second = None
    if beside:
        values = example.attributions[beside]["value"]
        errors = NORMAL_95 * example.attributions[beside]["std_error"].fillna(0.0)
        second = _Scale(min(0.0, (values - errors).min()), max(0.0, (values + errors).max()))
    rows = [{"name": say("script.start_form"), "total": True, "cells": [_mark(scale, base)]}]
    for start, player in zip(heights[:-1], order, strict=True):
        value = float(table["value"].iloc[player])
        error = standard_error(float(table["std_error"].iloc[player]))
        cells = [_cell(scale, additive, value, error, start=float(start))]
        if beside and second:
            cells.append(_bar(second, beside, example.attributions[beside], player))
        rows.append({"name": table["player_name"].iloc[player], "cells": cells})
    if abs(rest) > 0.005:
        rows.append(
            {
                "name": say("script.rest"),
                "cells": [_cell(scale, additive, rest, None, start=float(heights[-1]))],
            }
        )
    rows.append({"name": say("script.end_form"), "total": True, "cells": [_mark(scale, full)]})
    return {"columns": columns, "rows": rows}


def _mark(scale: _Scale, value: float) -> dict[str, Any]:
    return {"mark": scale.at(value), "text": wording.signed(value), "error_text": ""}


def decision(example: Example, odds: bool) -> dict[str, Any]:
    """Value of the target without and with all players, and the probabilities that odds mean."""
    rows = next(iter(example.attributions.values()))
    base, full = float(rows["base_value"].iloc[0]), float(rows["full_value"].iloc[0])
    facts: dict[str, Any] = {"base": wording.signed(base), "full": wording.signed(full)}
    if odds:
        facts["base_probability"] = wording.number(probability(base), 2)
        facts["full_probability"] = wording.number(probability(full), 2)
    return facts


def confusion(table: dict[str, Any]) -> dict[str, Any]:
    """A confusion matrix with shares of the rows, and its largest confusion in words.

    Args:
        table: ``labels`` and ``counts``, rows true and columns predicted.
    """
    labels = [str(label) for label in table["labels"]]
    counts = np.array(table["counts"], dtype=np.int64)
    totals = counts.sum(axis=1)
    rows = [
        {
            "label": label,
            "total": int(total),
            "cells": [
                {
                    "count": int(n),
                    "right": i == j,
                    "alpha": round(float(STRONGEST * n / max(total, 1)), 3),
                    "label": say(
                        "confusion.cell", label=label, predicted=labels[j], n=n, total=total
                    ),
                }
                for j, n in enumerate(counts[i])
            ],
        }
        for i, (label, total) in enumerate(zip(labels, totals, strict=True))
    ]
    wrong = counts - np.diag(np.diag(counts))
    if wrong.sum() == 0:
        finding = say("confusion.perfect")
    else:
        i, j = np.unravel_index(wrong.argmax(), wrong.shape)
        finding = say(
            "confusion.most",
            label=labels[i],
            predicted=labels[j],
            n=wording.count(wrong[i, j]),
            total=wording.count(totals[i]),
        )
    return {"labels": labels, "rows": rows, "finding": finding, "few": len(labels) <= 4}


def heads(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over instances of each head's measures, with bars relative to the column's largest.

    Args:
        summary: rows of ``attention/summary.parquet`` of one split.
    """
    measures = ["entropy", "distance", "self_weight", "start_weight"]
    means = summary.groupby(["layer", "head"], as_index=False)[measures].mean()
    largest = means[measures].max()
    return [
        {
            "layer": int(row["layer"]) + 1,
            "head": int(row["head"]) + 1,
            "cells": [
                {
                    "text": wording.number(row[name], 2),
                    "width": round(100 * row[name] / max(largest[name], 1e-12), 1),
                }
                for name in measures
            ],
        }
        for row in means.to_dict("records")
    ]


def splits(datasheet: dict[str, Any]) -> dict[str, Any]:
    """Rows, class balance, missing values and lengths of histories, a column per split."""
    facts = datasheet["splits"]
    players = wording.domain(datasheet["domain"]).players
    rows: list[dict[str, Any]] = [
        {"name": say("sheet.rows"), "cells": [wording.count(one["rows"]) for one in facts.values()]}
    ]
    for label in next(iter(facts.values())).get("class_balance", {}):
        cells = []
        for one in facts.values():
            n = one["class_balance"][label]
            cells.append(f"{wording.count(n)} ({wording.share(n / max(one['rows'], 1))})")
        rows.append({"name": say("sheet.class", label=label), "cells": cells})
    if all("missing_values" in one for one in facts.values()):
        cells = [wording.count(sum(one["missing_values"].values())) for one in facts.values()]
        rows.append({"name": say("study.missing"), "cells": cells})
    lengths = (
        "players_total",
        "players_median",
        "targets_outside_vocabulary",
        "instances_cut",
        "players_cut",
    )
    for key in lengths:
        if all(key in one for one in facts.values()):
            values = [one[key] for one in facts.values()]
            name = say(f"sheet.{key}", players=players)
            rows.append({"name": name, "cells": [f"{value:,.6g}" for value in values]})
    return {"columns": [say(f"splits.{name}") for name in facts], "rows": rows}


def missing_fields(datasheet: dict[str, Any]) -> list[str]:
    """The fields with missing values in the whole table, such as ``Income: 381``."""
    counts = datasheet["canonical_table"]["missing_values"]
    return [f"{name}: {wording.count(n)}" for name, n in counts.items() if n]
