"""What the parts of a model are worth to an ability, as a table."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from vitrine.report.text.language import say

# Measures of what a probe reads: the labels, and labels that mean nothing.
PROBES = ("probe", "probe_shuffled", "probe_by_type")


def tabulate_mechanism(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for every part of the model: the metric without it, its scores; means over seeds."""
    if rows.empty:
        return []
    means = rows.groupby(["measure", "layer", "head"])["value"].mean()

    def of(measure: str, layer: int, head: int) -> float:
        return float(means.get((measure, layer, head), math.nan))

    parts = [{"part": say("emergence.whole"), "without": of("intact", 0, 0)}]
    parts[0] |= _read_probes(of, 0)
    parts[0] |= {name: of(f"{name}_uniform", 0, 0) for name in ("previous", "induction")}
    for layer in sorted(rows[rows.measure == "ablation_layer"].layer.unique()):
        parts.append(
            {
                "part": say("emergence.layer", layer=layer),
                "without": of("ablation_layer", layer, 0),
                **_read_probes(of, layer),
                "previous": math.nan,
                "induction": math.nan,
            }
        )
        heads = rows[(rows.measure == "ablation_head") & (rows.layer == layer)]["head"].unique()
        parts += [
            {
                "part": say("study.layer_head", layer=layer, head=head),
                "without": of("ablation_head", layer, head),
                **dict.fromkeys((*PROBES, "selectivity"), math.nan),
                "previous": of("previous", layer, head),
                "induction": of("induction", layer, head),
            }
            for head in sorted(heads)
        ]
    return parts


def _read_probes(of: Callable[[str, int, int], float], layer: int) -> dict[str, float]:
    """What the probe behind a layer tells, of labels that mean nothing too."""
    shares = {name: of(name, layer, 0) for name in PROBES}
    return shares | {"selectivity": shares["probe"] - shares["probe_by_type"]}
