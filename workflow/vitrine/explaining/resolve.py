"""The configuration of explanations with what was chosen on validation in it."""

from pathlib import Path
from typing import Any

from vitrine.files import read_json


def settled(explanation: dict[str, Any], removal: Path, lime: Path | None = None) -> dict[str, Any]:
    """The section ``explanation`` of the configuration, or a part of it, as it is used.

    Args:
        explanation: with ``removal``, and ``lime`` where that was tuned; it is not changed.
        removal: what `vitrine.stages.removal.choose_removal` wrote.
        lime: what `vitrine.stages.tune.tune_lime` wrote.
    """
    result = explanation | {"removal": read_json(removal)["chosen"]}
    if lime is not None:
        result["lime"] = explanation["lime"] | read_json(lime)["chosen"]
    return result
