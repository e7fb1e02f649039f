"""The names of value functions and of kinds of feature removal, for the configuration too."""

from typing import Literal, get_args

ValueFunction = Literal["log_odds", "probability", "logit"]
"""What is attributed of a classifier; see `vitrine.games.values`."""
VALUE_FUNCTIONS: tuple[str, ...] = get_args(ValueFunction)

RemovalKind = Literal["absent", "mask", "background"]
"""What a removed player becomes; see `vitrine.games.removal`."""
REMOVALS: tuple[str, ...] = get_args(RemovalKind)
