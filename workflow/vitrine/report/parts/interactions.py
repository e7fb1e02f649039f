"""The strongest interactions of the instances that a page shows."""

from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.report.parts.examples import Example

MOST = 5


class Pairs:
    """The interactions of a model's explained instances.

    Args:
        path: the table of the stage `interactions`; None where it was not asked for.
    """

    def __init__(self, path: Path | None) -> None:
        self._table = None if path is None else pd.read_parquet(path)

    def strongest(self, example: Example) -> list[dict[str, Any]]:
        """The pairs with the largest absolute values: both names, the value and its error."""
        if self._table is None:
            return []
        table = self._table
        own = table[(table["split"] == example.split) & (table["instance"] == example.instance)]
        leading = own.loc[own["value"].abs().nlargest(MOST).index]
        return [
            {
                "names": [row["player_name"], row["other_name"]],
                "value": row["value"],
                "error": row["std_error"],
            }
            for row in leading.to_dict("records")
        ]
