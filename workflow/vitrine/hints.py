"""Proposals for misspelled names."""

import difflib
from collections.abc import Sequence


def nearest(name: str, candidates: Sequence[str]) -> str:
    """A question that proposes the candidate most similar to a name; empty if none is similar."""
    matches = difflib.get_close_matches(name, candidates, n=1)
    return f"Did you mean `{matches[0]}`? " if matches else ""
