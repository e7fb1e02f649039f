"""A hint at the name that was probably meant."""

import difflib
from collections.abc import Sequence


def nearest(given: str, known: Sequence[str]) -> str:
    """A question whether the known name that comes nearest was meant; empty if none is near."""
    near = difflib.get_close_matches(given, known, n=1)
    return f"Did you mean `{near[0]}`? " if near else ""
