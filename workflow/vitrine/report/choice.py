"""What was chosen on validation before explaining, in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrine.files import read_json
from vitrine.report import wording

REMOVALS = {
    "absent": "left out",
    "mask": "replaced by an unknown value",
    "background": "replaced by the values of training rows",
}


def choice_sentences(folder: Path) -> list[str]:
    """What a model's folder ``choice`` says: of removal, and of LIME where it was tuned."""
    found = [_removal(read_json(folder / "removal.json"))]
    if (folder / "lime.json").exists():
        found.append(_lime(read_json(folder / "lime.json")))
    return found


def _removal(removal: Mapping[str, Any]) -> str:
    chosen, others = _split(removal["candidates"], {"removal": removal["chosen"]})
    said = f"What is removed is {REMOVALS[removal['chosen']]}"
    if not others:
        return f"{said}, as configured."
    against = " and ".join(f"{_mean(one)} where it is {REMOVALS[one['removal']]}" for one in others)
    return (
        f"{said}: chosen on {wording.count(removal['n'])} validation instances by the log loss "
        f"while random shares go, {_mean(chosen)} against {against}."
    )


def _lime(lime: Mapping[str, Any]) -> str:
    chosen, others = _split(lime["candidates"], lime["chosen"])
    said = (
        f"LIME draws {wording.count(chosen['samples'])} samples with a kernel "
        f"{wording.number(chosen['kernel_width'], 1)} times as wide as its authors'"
    )
    if not others:
        return f"{said}, as configured."
    means = [one["mean"] for one in others]
    return (
        f"{said}: chosen of {wording.count(len(others) + 1)} settings on "
        f"{wording.count(lime['n'])} validation instances by normalised comprehensiveness, "
        f"{_mean(chosen)}; the others reached {wording.number(min(means))} to "
        f"{wording.number(max(means))}. Of settings that are hardly worse than the best the "
        "cheapest is used."
    )


def _split(
    candidates: list[dict[str, Any]], chosen: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The candidate that was chosen, and the others."""
    own = [one for one in candidates if chosen.items() <= one.items()]
    return own[0], [one for one in candidates if one is not own[0]]


def _mean(one: Mapping[str, Any]) -> str:
    return f"{wording.number(one['mean'])} ({wording.interval(one['low'], one['high'])})"
