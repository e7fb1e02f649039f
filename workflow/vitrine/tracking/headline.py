"""The most informative metric of a job, and the columns of MLflow's table of runs."""

import json
from collections.abc import Iterator, Mapping

# Metrics of quality, the most informative first; for all of them larger is better.
_METRICS = ("auc", "average_precision", "ndcg_10", "hit_rate_10", "mrr", "accuracy")
# The most informative metrics of stages that measure something else.
_OTHERS = ("normalised_comprehensiveness", "rows_train", "evaluations")

# The key of the view in links, and its columns besides name and duration.
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
    """The most informative metric of a job as text, such as ``test/auc 0.857``; None without one.

    Args:
        params: the run's parameters; ``metric`` is the study's main metric.
        metrics: the last value of each of the run's metrics.
    """
    for pattern in _patterns(params.get("metric")):
        matching = {name: value for name, value in metrics.items() if pattern in f"/{name}/"}
        if matching:
            name = max(matching, key=lambda name: matching[name])
            return f"{name} {matching[name]:.4g}"
    return None


def _patterns(main: str | None) -> Iterator[str]:
    """Parts of metric names, in the order in which they are looked for."""
    names = ([main] if main in _METRICS else []) + list(_METRICS)
    for split in ("test", "validation"):
        yield from (f"/{split}/{name}/" for name in names)
    yield from (f"/{name}/" for name in (*_OTHERS, *_METRICS))


def view() -> str:
    """The view of the table of runs, as MLflow's UI stores it in a tag of the experiment."""
    return json.dumps({"selectedColumns": _COLUMNS})
