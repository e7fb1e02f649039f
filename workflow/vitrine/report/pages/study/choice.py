"""What was chosen on validation before explaining, in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrine.files import read_json
from vitrine.report.text import wording
from vitrine.report.text.language import say

REMOVAL = "removal"


def choice_sentences(folder: Path) -> list[str]:
    """What a model's folder ``choice`` holds: how features are removed, and methods' settings."""
    tuned = sorted(path for path in folder.glob("*.json") if path.stem != REMOVAL)
    return [
        _say_removal(read_json(folder / f"{REMOVAL}.json")),
        *(_say_settings(path.stem, read_json(path)) for path in tuned),
    ]


def _say_removal(removal: Mapping[str, Any]) -> str:
    chosen, others = _split_candidates(removal["candidates"], {"removal": removal["chosen"]})
    way = say(f"choice.{removal['chosen']}")
    if not others:
        return say("choice.removal_set", way=way)
    against = [
        say("choice.where", mean=_format_mean(other), way=say(f"choice.{other['removal']}"))
        for other in others
    ]
    return say(
        "choice.removal",
        way=way,
        n=wording.format_count(removal["n"]),
        mean=_format_mean(chosen),
        against=wording.join_names(against),
    )


def _say_settings(method: str, tuning: Mapping[str, Any]) -> str:
    """The tuned settings of a method; its texts call a setting by the last word of its key."""
    chosen, others = _split_candidates(tuning["candidates"], tuning["chosen"])
    values = {key.rpartition("_")[2]: _format_setting(chosen[key]) for key in tuning["chosen"]}
    if not others:
        return say(f"choice.{method}_set", **values)
    means = [other["mean"] for other in others]
    return say(
        f"choice.{method}",
        **values,
        settings=wording.format_count(len(others) + 1),
        n=wording.format_count(tuning["n"]),
        mean=_format_mean(chosen),
        others=wording.format_interval(min(means), max(means)),
    )


def _format_setting(value: float) -> str:
    if isinstance(value, int):
        return wording.format_count(value)
    return wording.format_number(value, 1)


def _split_candidates(
    candidates: list[dict[str, Any]], chosen: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The candidate that was chosen, and the others."""
    matching = [candidate for candidate in candidates if chosen.items() <= candidate.items()]
    first = matching[0]
    return first, [candidate for candidate in candidates if candidate is not first]


def _format_mean(candidate: Mapping[str, Any]) -> str:
    interval = wording.format_interval(candidate["low"], candidate["high"])
    return say("format.estimate", value=wording.format_number(candidate["mean"]), interval=interval)
