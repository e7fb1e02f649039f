"""The section on a study's explanations: the instances that are printed."""

from typing import Any

from vitrine.report.methods import first_real_methods, traits_of
from vitrine.report.pages.study.interactions import InteractionTable
from vitrine.report.parts.contributions import (
    MOST_ROWS,
    MOST_WORDS,
    describe_decision,
    draw_bars,
    draw_image,
    draw_text,
    draw_waterfall,
    find_leading,
    find_strongest,
)
from vitrine.report.parts.instances import (
    ExplainedInstance,
    describe_prediction,
    load_item_titles,
)
from vitrine.report.parts.results import StudyResults
from vitrine.report.text import wording


def describe_explanations(
    results: StudyResults,
    instances: list[ExplainedInstance],
    value: wording.ValueWording,
    interactions: InteractionTable,
) -> dict[str, Any]:
    """What the section shows.

    Args:
        results: of the study.
        instances: those that are printed.
        value: what is attributed.
        interactions: of the same instances.
    """
    titles = load_item_titles(results)
    methods = first_real_methods(results.methods, 2)
    return {
        "methods": methods,
        "ranking": results.task == "ranking",
        "value": value,
        "examples": [
            {
                "example": instance,
                "facts": describe_prediction(instance, titles),
                "decision": describe_decision(instance, value.odds),
                "pairs": interactions.find_strongest(instance),
                "findings": {name: find_strongest(instance, name) for name in methods},
                **_draw_panels(results.panel, instance, methods),
            }
            for instance in instances
        ],
    }


def _draw_panels(panel: str, instance: ExplainedInstance, methods: list[str]) -> dict[str, Any]:
    """What shows an instance's attributions, by how its domain is drawn."""
    if panel == "patches":
        return {"images": [(name, draw_image(instance, name)) for name in methods]}
    if panel == "words":
        words = find_leading(instance, methods, MOST_WORDS)
        return {
            "texts": [(name, draw_text(instance, name)) for name in methods],
            "bars": draw_bars(instance, methods, words, gaps=False),
        }
    features = find_leading(instance, methods, MOST_ROWS)
    if panel == "history":
        return {"bars": draw_bars(instance, methods, sorted(features), gaps=True)}
    additive = next((name for name in methods if traits_of(name).additive), None)
    if additive is None:
        return {"bars": draw_bars(instance, methods, features, gaps=False)}
    beside = next((name for name in methods if name != additive), None)
    return {"bars": draw_waterfall(instance, additive, beside), "waterfall": True}
