"""What was chosen on validation before explaining, in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrine.files import read_json
from vitrine.report.text import wording
from vitrine.report.text.language import say


def choice_sentences(folder: Path) -> list[str]:
    """What a model's folder ``choice`` says: of removal, and of LIME where it was tuned."""
    found = [_removal(read_json(folder / "removal.json"))]
    if (folder / "lime.json").exists():
        found.append(_lime(read_json(folder / "lime.json")))
    return found


def _removal(removal: Mapping[str, Any]) -> str:
    chosen, others = _split(removal["candidates"], {"removal": removal["chosen"]})
    way = say(f"choice.{removal['chosen']}")
    if not others:
        return say("choice.removal_set", way=way)
    against = [
        say("choice.where", mean=_mean(one), way=say(f"choice.{one['removal']}")) for one in others
    ]
    return say(
        "choice.removal",
        way=way,
        n=wording.count(removal["n"]),
        mean=_mean(chosen),
        against=wording.names(against),
    )


def _lime(lime: Mapping[str, Any]) -> str:
    chosen, others = _split(lime["candidates"], lime["chosen"])
    settings = {
        "samples": wording.count(chosen["samples"]),
        "width": wording.number(chosen["kernel_width"], 1),
    }
    if not others:
        return say("choice.lime_set", **settings)
    means = [one["mean"] for one in others]
    return say(
        "choice.lime",
        **settings,
        settings=wording.count(len(others) + 1),
        n=wording.count(lime["n"]),
        mean=_mean(chosen),
        others=wording.interval(min(means), max(means)),
    )


def _split(
    candidates: list[dict[str, Any]], chosen: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The candidate that was chosen, and the others."""
    own = [one for one in candidates if chosen.items() <= one.items()]
    return own[0], [one for one in candidates if one is not own[0]]


def _mean(one: Mapping[str, Any]) -> str:
    interval = wording.interval(one["low"], one["high"])
    return say("format.estimate", value=wording.number(one["mean"]), interval=interval)
