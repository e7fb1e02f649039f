"""What the table of runs shows of a job in one cell, and which columns that table has."""

import json
from collections.abc import Iterator, Mapping

# Metrics of quality, the most telling first; of all of them more is better.
_METRICS = ("auc", "ndcg_10", "hit_rate_10", "mrr", "accuracy")
# What tells most of the stages that measure something else.
_OTHERS = ("normalised_comprehensiveness", "rows_train", "evaluations")

# The key by which a link asks for the view, and the columns that it has beside name and duration.
VIEW = "vitrine"
_COLUMNS = (
    "tags.`stage`",
    "tags.`study`",
    "tags.`scale`",
    "tags.`seed`",
    "tags.`method`",
    "tags.`headline`",
    "attributes.`Dataset`",
)


def headline(params: Mapping[str, str], metrics: Mapping[str, float]) -> str | None:
    """The most telling metric of a job as text, such as ``test/auc 0.857``; None without one.

    Args:
        params: the run's parameters; ``metric`` is the study's own choice.
        metrics: the last value of each of the run's metrics.
    """
    for place in _places(params.get("metric")):
        found = {name: value for name, value in metrics.items() if place in f"/{name}/"}
        if found:
            name = max(found, key=lambda one: found[one])
            return f"{name} {found[name]:.4g}"
    return None


def _places(chosen: str | None) -> Iterator[str]:
    names = ([chosen] if chosen in _METRICS else []) + list(_METRICS)
    for split in ("test", "validation"):
        yield from (f"/{split}/{name}/" for name in names)
    yield from (f"/{name}/" for name in (*_OTHERS, *_METRICS))


def view() -> str:
    """The view of a runs' table, as MLflow's UI keeps it in a tag of the experiment."""
    return json.dumps({"selectedColumns": _COLUMNS})
