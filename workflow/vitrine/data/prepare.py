"""The stage `prepare`: from a source to splits, encoding and datasheet."""

import logging
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.chunks import chunks
from vitrine.data.domains.domain import Domain
from vitrine.data.domains.registry import DOMAINS
from vitrine.data.encoding import CATALOG, Encoding, save_encoding
from vitrine.data.own_data import OwnData
from vitrine.data.readers.fetch import fetch
from vitrine.data.readers.own import read_own
from vitrine.data.readers.sources import package_licence, read_source, table_digest
from vitrine.data.settings import StudyData
from vitrine.data.sources.registry import SOURCES
from vitrine.data.sources.source import DataSource
from vitrine.data.splits import Prepared, split_table
from vitrine.files import write_json, write_table

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opened:
    """A study's data before they are split.

    Attributes:
        table: the canonical table.
        domain: what its rows are.
        classes: class names in the order of the class indices; empty for ranking.
        origin: where the data come from, for the datasheet.
    """

    table: pd.DataFrame
    domain: Domain
    classes: list[str]
    origin: dict[str, Any]


def prepare_study(study: str, settings: StudyData, folder: Path) -> dict[str, Any]:
    """Write a study's splits, ``encoding.json``, ``catalog.parquet`` and ``datasheet.json``.

    Args:
        study: the study's name.
        settings: where its data come from, and how they are split and encoded.
        folder: where the files go.

    Returns:
        The headline numbers of the datasheet: rows per split, duplicates dropped, players beyond
        the maximum length and the size of the vocabulary.

    Raises:
        ValueError: if the data of the source are not the expected ones.
        BadDataError: if data of the user cannot be used.
    """
    opened = _open(settings)
    domain = opened.domain
    canonical = {
        "sha256": table_digest(opened.table),
        "rows": len(opened.table),
        "columns": list(opened.table.columns),
        "missing_values": {name: int(n) for name, n in opened.table.isna().sum().items()},
    }
    prepared = split_table(opened.table, domain, settings.split)
    classes, origin = opened.classes, opened.origin
    # The splits hold copies of its rows.
    del opened
    encoding = domain.fit(study, prepared.splits["train"], classes, settings)
    truncated, counts = _counted(prepared, encoding)
    datasheet = {
        "study": study,
        **origin,
        "domain": domain.name,
        "task": encoding.task,
        "canonical_table": canonical,
        "split": settings.split.model_dump(),
        "duplicates_dropped": prepared.duplicates_dropped,
        "vocabulary_size": len(encoding.vocabulary),
        "splits": {
            name: _describe(frame, encoding)
            | {
                "instances_cut": int((truncated[name] > 0).sum()),
                "players_cut": int(truncated[name].sum()),
            }
            for name, frame in prepared.splits.items()
        },
    }
    _write(Path(folder), prepared, encoding, _catalog(prepared, encoding, counts), datasheet)
    headline = {f"rows_{name}": len(frame) for name, frame in prepared.splits.items()}
    return headline | {
        "duplicates_dropped": prepared.duplicates_dropped,
        "players_cut": int(sum(numbers.sum() for numbers in truncated.values())),
        "vocabulary_size": len(encoding.vocabulary),
    }


def _open(settings: StudyData) -> Opened:
    if settings.data is None:
        return _from_package(SOURCES[settings.source])
    if settings.source == "hub":
        return _from_hub(settings.data, settings.split.kind)
    return _from_file(settings.data)


def _from_package(source: DataSource) -> Opened:
    origin = {
        "source": source.name,
        "package": source.package,
        "package_version": metadata.version(source.package),
        "package_licence": package_licence(source.package),
        "items": source.items,
        "description": source.description,
    }
    return Opened(read_source(source), DOMAINS[source.domain], list(source.classes), origin)


def _from_file(data: OwnData) -> Opened:
    path = Path(str(data.file))
    digest = fetch(path, data.url, data.sha256)
    canonical = read_own(data)
    origin = {
        "source": "file",
        "items": str(path),
        "file_sha256": digest,
        "description": f"Data of the user, read from {path}.",
        "dropped": canonical.dropped,
    }
    return Opened(canonical.table, DOMAINS[data.domain], canonical.classes, origin)


def _from_hub(data: OwnData, split: str) -> Opened:
    # Only here, since other sources should not wait for the Hub's library.
    from vitrine.data.readers.hub import find

    given = split == "given" and getattr(data, "split", None) is None
    dataset = find(data, given)
    if data.revision is None:
        _log.warning(
            "%s: this is commit %s. State `data: {revision: %s}` to read the same rows for ever.",
            dataset.name,
            dataset.commit,
            dataset.commit,
        )
    canonical = read_own(data, dataset.rows(getattr(data, "label", None), given))
    if canonical.dropped.get("unlabelled_rows"):
        _log.warning("%d rows without a label are left out", canonical.dropped["unlabelled_rows"])
    origin = {"source": "hub", **dataset.facts(), "dropped": canonical.dropped}
    return Opened(canonical.table, DOMAINS[data.domain], canonical.classes, origin)


def _counted(prepared: Prepared, encoding: Encoding) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """How many players each row lost, by split, and how often training rows have each entry.

    Some rows at a time: their players take more memory than they do.
    """
    encode = DOMAINS[encoding.domain].encode
    truncated = {}
    counts = np.zeros(len(encoding.vocabulary), dtype=np.int64)
    for name, frame in prepared.splits.items():
        numbers = []
        for rows in chunks(len(frame), f"encoding {name}"):
            players = encode(frame.iloc[rows], encoding)
            numbers.append(players.truncated)
            if name == "train":
                counts += np.bincount(players.ids, minlength=len(counts))
        truncated[name] = np.concatenate(numbers)
    return truncated, counts


def _describe(frame: pd.DataFrame, encoding: Encoding) -> dict[str, Any]:
    """Rows, digest, and class balance and missing values or else lengths of the histories."""
    facts: dict[str, Any] = {"rows": len(frame), "sha256": table_digest(frame)}
    if encoding.task == "classification":
        counts = frame["label"].value_counts()
        facts["class_balance"] = {name: int(counts.get(name, 0)) for name in encoding.classes}
        facts["missing_values"] = {name: int(n) for name, n in frame.isna().sum().items()}
    else:
        lengths = frame["films"].map(len)
        inside = frame["target"].dropna().astype(str).isin(encoding.vocabulary[1:])
        facts["players_total"] = int(lengths.sum())
        facts["players_median"] = float(lengths.median())
        facts["targets_outside_vocabulary"] = int((~inside).sum())
    return facts


def _catalog(prepared: Prepared, encoding: Encoding, counts: np.ndarray) -> pd.DataFrame:
    """What the players' ids stand for.

    Args:
        prepared: the splits, and of histories the items.
        encoding: fitted on the training rows.
        counts: int64 [vocabulary], occurrences in them.

    Returns:
        One row per vocabulary entry with ``id``, ``entry`` and ``count`` (occurrences in the
        training split, not counted beyond the maximum length); of histories one row per item
        of the source, with ``film``, ``title``, ``year`` and ``genres`` too (``id`` 0 = not
        in the vocabulary).
    """
    entries = pd.DataFrame(
        {"id": np.arange(len(counts)), "entry": encoding.vocabulary, "count": counts}
    )
    if prepared.items is None:
        return entries
    items = prepared.items.assign(entry=prepared.items["film"].astype(str))
    return items.merge(entries, on="entry", how="left").fillna({"id": 0, "count": 0})


def _write(
    folder: Path,
    prepared: Prepared,
    encoding: Encoding,
    catalog: pd.DataFrame,
    datasheet: dict[str, Any],
) -> None:
    for name, frame in prepared.splits.items():
        write_table(folder / f"{name}.parquet", frame)
    write_table(folder / CATALOG, catalog)
    save_encoding(folder, encoding)
    write_json(folder / "datasheet.json", datasheet)
