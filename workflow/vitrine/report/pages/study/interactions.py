"""The strongest interactions of the instances that a page shows."""

from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.report.parts.instances import ExplainedInstance

MOST = 5


class InteractionTable:
    """The interactions of a model's explained instances.

    Args:
        path: the table of the stage `interactions`; None where there are none.
    """

    def __init__(self, path: Path | None) -> None:
        self._table = None if path is None else pd.read_parquet(path)

    def find_strongest(self, instance: ExplainedInstance) -> list[dict[str, Any]]:
        """The pairs with the largest absolute values: both names, the value and its error."""
        if self._table is None:
            return []
        table = self._table
        rows = table[(table["split"] == instance.split) & (table["instance"] == instance.instance)]
        strongest = rows.loc[rows["value"].abs().nlargest(MOST).index]
        return [
            {
                "names": [row["player_name"], row["other_name"]],
                "value": row["value"],
                "error": row["std_error"],
            }
            for row in strongest.to_dict("records")
        ]
