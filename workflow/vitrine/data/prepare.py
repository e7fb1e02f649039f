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
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.fetch import fetch
from vitrine.data.readers.form import Reading
from vitrine.data.readers.own import read_own
from vitrine.data.readers.sources import package_licence, read_source, table_digest
from vitrine.data.settings import StudyData
from vitrine.data.sources.registry import SOURCES
from vitrine.data.sources.source import DataSource
from vitrine.data.splits import Prepared, split_table
from vitrine.files import write_json, write_table

_log = logging.getLogger(__name__)

# Of two items a rank says next to nothing.
LEAST_ITEMS = 3


@dataclass(frozen=True)
class Opened:
    """A study's data before they are split.

    Attributes:
        table: the canonical table.
        domain: what its rows are.
        classes: class names in the order of the class indices; empty for ranking.
        origin: where the data come from, for the datasheet.
        place: what messages call the data.
        reading: how files of the user were read.
        left_out: columns that no model reads.
    """

    table: pd.DataFrame
    domain: Domain
    classes: list[str]
    origin: dict[str, Any]
    place: object
    reading: Reading | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreparedStudy:
    """What the stage writes.

    Attributes:
        tables: the splits.
        encoding: fitted on the training rows.
        catalog: what the players' ids stand for.
        datasheet: facts about the data.
    """

    tables: Prepared
    encoding: Encoding
    catalog: pd.DataFrame
    datasheet: dict[str, Any]


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
    prepared = prepared_study(study, settings)
    _write(Path(folder), prepared)
    datasheet = prepared.datasheet
    headline = {f"rows_{name}": part["rows"] for name, part in datasheet["splits"].items()}
    return headline | {
        "duplicates_dropped": datasheet["duplicates_dropped"],
        "players_cut": sum(part["players_cut"] for part in datasheet["splits"].values()),
        "vocabulary_size": datasheet["vocabulary_size"],
    }


def prepared_study(study: str, settings: StudyData) -> PreparedStudy:
    """Read, split and encode a study's data, and write nothing; see `prepare_study`."""
    opened = _open(settings)
    domain, classes, origin = opened.domain, opened.classes, opened.origin
    canonical = {
        "sha256": table_digest(opened.table),
        "rows": len(opened.table),
        "columns": list(opened.table.columns),
        "missing_values": {name: int(n) for name, n in opened.table.isna().sum().items()},
    }
    prepared = split_table(
        opened.table.drop(columns=[*opened.left_out]),
        domain,
        settings.split,
        contradictions=getattr(settings.data, "contradictions", "first"),
        place=opened.place,
    )
    rows = _rows(opened, prepared)
    place = opened.place
    # The splits hold copies of its rows.
    del opened
    encoding = domain.fit(study, prepared.splits["train"], classes, settings)
    _check_items(prepared, encoding, place)
    truncated, counts = _counted(prepared, encoding)
    datasheet = {
        "study": study,
        **origin,
        **rows,
        "domain": domain.name,
        "task": encoding.task,
        "canonical_table": canonical,
        "split": settings.split.model_dump(),
        "duplicates_dropped": prepared.duplicates_dropped,
        "contradicting_duplicates": prepared.contradicting,
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
    return PreparedStudy(prepared, encoding, _catalog(prepared, encoding, counts), datasheet)


def _rows(opened: Opened, prepared: Prepared) -> dict[str, Any]:
    """How many rows the files have, and what became of each; also told in the log.

    Raises:
        BadDataError: if the rows that are used and left out are not those of the files.
    """
    reading = opened.reading
    if reading is None:
        return {}
    dropped = {reason: count for reason, count in reading.dropped.items() if count}
    if prepared.duplicates_dropped:
        dropped["duplicates"] = prepared.duplicates_dropped
    used = len(opened.table) - prepared.duplicates_dropped
    if used + sum(dropped.values()) != reading.rows:
        raise BadDataError(
            opened.place,
            f"{used:,} rows are used and {sum(dropped.values()):,} left out, but there are "
            f"{reading.rows:,}. This is a fault of Vitrine: please report it with the file.",
        )
    left_out = "".join(
        f", {count:,} left out ({reason.replace('_', ' ')})" for reason, count in dropped.items()
    )
    level = logging.WARNING if left_out else logging.INFO
    told = f"{reading.rows:,} rows, {used:,} used{left_out}"
    _log.log(level, "%s: %s", opened.place, told)
    for note in reading.notes:
        _log.warning("%s: %s", opened.place, note)
    if prepared.contradicting:
        _log.warning(
            "%s: %d duplicates bear another label than a row of the same text",
            opened.place,
            prepared.contradicting,
        )
    return {
        "rows": {"in_files": reading.rows, "used": used, "left_out": dropped},
        "notes": reading.notes,
    }


def _check_items(prepared: Prepared, encoding: Encoding, place: object) -> None:
    """Refuse histories of too few items, and tell where no held-out item can be hit."""
    if encoding.task != "ranking":
        return
    items = len(encoding.vocabulary) - 1
    if items < LEAST_ITEMS:
        raise BadDataError(
            place,
            f"Only {items} items stand in the training histories often enough; {LEAST_ITEMS} are "
            "needed to rank. Add events, or lower `vocabulary: {minimum_count: ...}`.",
        )
    for name in ("validation", "test"):
        targets = prepared.splits[name]["target"].astype(str)
        if not targets.isin(encoding.vocabulary[1:]).any():
            _log.warning(
                "%s: none of the %d items that are held out for %s is among the %d items of the "
                "training histories, so no model can hit one",
                place,
                len(targets),
                name,
                items,
            )


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
    return Opened(
        read_source(source),
        DOMAINS[source.domain],
        list(source.classes),
        origin,
        source.name,
        left_out=source.left_out,
    )


def _from_file(data: OwnData) -> Opened:
    path = Path(str(data.file))
    digest = fetch(path, data.url, data.sha256)
    canonical = read_own(data)
    origin = {
        "source": "file",
        "items": str(path),
        "file_sha256": digest,
        "description": f"Data of the user, read from {path}.",
    }
    domain = DOMAINS[data.domain]
    return Opened(canonical.table, domain, canonical.classes, origin, path, canonical.reading)


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
    origin = {"source": "hub", **dataset.facts()}
    domain = DOMAINS[data.domain]
    return Opened(
        canonical.table, domain, canonical.classes, origin, dataset.name, canonical.reading
    )


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


def _write(folder: Path, prepared: PreparedStudy) -> None:
    for name, frame in prepared.tables.splits.items():
        write_table(folder / f"{name}.parquet", frame)
    write_table(folder / CATALOG, prepared.catalog)
    save_encoding(folder, prepared.encoding)
    write_json(folder / "datasheet.json", prepared.datasheet)
