"""Tables of several methods read as one."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd


def read_tables(paths: Iterable[Path]) -> pd.DataFrame:
    """The rows of several Parquet files, one file after another."""
    return pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
