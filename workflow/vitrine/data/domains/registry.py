"""The kinds of data that Vitrine knows, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.domains import image, sequence, table, text
from vitrine.data.encoding import Encoding, Players


@dataclass(frozen=True)
class Domain:
    """How one kind of data becomes players."""

    fit: Callable[[str, pd.DataFrame, list[str], dict[str, Any]], Encoding]
    """(study, training table, classes, the study's settings) -> encoding."""
    encode: Callable[[pd.DataFrame, Encoding], Players]
    """(table, encoding) -> players of its rows."""
    names: Callable[[pd.DataFrame, Encoding, Path], list[list[str]]]
    """(table, encoding, the study's data folder) -> readable names of each row's players."""


DOMAINS = {
    "text": Domain(text.fit, text.encode, text.names),
    "image": Domain(image.fit, image.encode, image.names),
    "sequence": Domain(sequence.fit, sequence.encode, sequence.names),
    "table": Domain(table.fit, table.encode, table.names),
}
