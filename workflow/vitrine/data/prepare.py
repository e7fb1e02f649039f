"""The stage `prepare`: from a source to splits, encoding and datasheet."""

import logging
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.domains.registry import DOMAINS
from vitrine.data.encoding import CATALOG, Encoding, save_encoding
from vitrine.data.parts import parts
from vitrine.data.readers.fetch import fetch
from vitrine.data.readers.own import read_own
from vitrine.data.readers.sources import SOURCES, package_licence, read_source, table_digest
from vitrine.data.splits import Prepared, split_table
from vitrine.files import write_json, write_table

_log = logging.getLogger(__name__)


def prepare_study(study: str, settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write a study's splits, ``encoding.json``, ``catalog.parquet`` and ``datasheet.json``.

    Args:
        study: the study's name.
        settings: the study's block of the configuration; read are ``source``, ``data``, ``split``,
            ``players`` and ``vocabulary``.
        folder: where the files go.

    Returns:
        The headline numbers of the datasheet: rows per split, duplicates dropped, players cut and
        the size of the vocabulary.

    Raises:
        ValueError: if the data of the source are not the expected ones.
        BadDataError: if data of the user cannot be used.
    """
    table, domain_name, classes, origin = _open(settings)
    canonical = {
        "sha256": table_digest(table),
        "rows": len(table),
        "columns": list(table.columns),
        "missing_values": {name: int(n) for name, n in table.isna().sum().items()},
    }
    prepared = split_table(table, domain_name, settings["split"])
    # The splits hold copies of its rows.
    del table
    encoding = DOMAINS[domain_name].fit(study, prepared.splits["train"], classes, settings)
    cut, counts = _counted(prepared, encoding)
    datasheet = {
        "study": study,
        **origin,
        "domain": domain_name,
        "task": encoding.task,
        "canonical_table": canonical,
        "split": settings["split"],
        "duplicates_dropped": prepared.duplicates_dropped,
        "vocabulary_size": len(encoding.vocabulary),
        "splits": {
            name: _describe(frame, encoding)
            | {"instances_cut": int((cut[name] > 0).sum()), "players_cut": int(cut[name].sum())}
            for name, frame in prepared.splits.items()
        },
    }
    _write(Path(folder), prepared, encoding, _catalog(prepared, encoding, counts), datasheet)
    headline = {f"rows_{name}": len(frame) for name, frame in prepared.splits.items()}
    return headline | {
        "duplicates_dropped": prepared.duplicates_dropped,
        "players_cut": int(sum(lost.sum() for lost in cut.values())),
        "vocabulary_size": len(encoding.vocabulary),
    }


def _open(settings: dict[str, Any]) -> tuple[pd.DataFrame, str, list[str], dict[str, Any]]:
    """The canonical table, its domain, the classes, and where the data come from."""
    if settings["source"] == "hub":
        return _from_hub(settings["data"], settings["split"]["kind"])
    if settings["source"] != "file":
        source = SOURCES[settings["source"]]
        origin: dict[str, Any] = {
            "source": source.name,
            "package": source.package,
            "package_version": metadata.version(source.package),
            "package_licence": package_licence(source.package),
            "items": source.items,
            "description": source.description,
        }
        return read_source(source), source.domain, list(source.classes), origin
    data = settings["data"]
    path = Path(data["file"])
    digest = fetch(path, data["url"], data["sha256"])
    own = read_own(data)
    origin = {
        "source": "file",
        "items": str(path),
        "file_sha256": digest,
        "description": f"Data of the user, read from {path}.",
        "dropped": own.dropped,
    }
    return own.table, data["domain"], own.classes, origin


def _from_hub(
    data: dict[str, Any], split: str
) -> tuple[pd.DataFrame, str, list[str], dict[str, Any]]:
    """As `_open`, of a dataset on the Hugging Face Hub."""
    # Only here, since other sources should not wait for the Hub's library.
    from vitrine.data.readers.hub import find

    given = split == "given" and data.get("split") is None
    found = find(data, given)
    if data["revision"] is None:
        _log.warning(
            "%s: this is commit %s. State `data: {revision: %s}` to read the same rows for ever.",
            found.name,
            found.commit,
            found.commit,
        )
    own = read_own(data, found.rows(data.get("label"), given))
    if own.dropped.get("unlabelled_rows"):
        _log.warning("%d rows without a label are left out", own.dropped["unlabelled_rows"])
    origin = {"source": "hub", **found.facts(), "dropped": own.dropped}
    return own.table, data["domain"], own.classes, origin


def _counted(prepared: Prepared, encoding: Encoding) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Players cut from each row, by split, and how often training rows have each vocabulary entry.

    Some rows at a time: their players take more memory than they.
    """
    encode = DOMAINS[encoding.domain].encode
    cut = {}
    counts = np.zeros(len(encoding.vocabulary), dtype=np.int64)
    for name, frame in prepared.splits.items():
        lost = []
        for rows in parts(len(frame), f"encoding {name}"):
            players = encode(frame.iloc[rows], encoding)
            lost.append(players.cut)
            if name == "train":
                counts += np.bincount(players.ids, minlength=len(counts))
        cut[name] = np.concatenate(lost)
    return cut, counts


def _describe(frame: pd.DataFrame, encoding: Encoding) -> dict[str, Any]:
    """Rows, digest, and class balance and missing values or else lengths of the histories."""
    facts: dict[str, Any] = {"rows": len(frame), "sha256": table_digest(frame)}
    if encoding.task == "classification":
        counts = frame["label"].value_counts()
        facts["class_balance"] = {name: int(counts.get(name, 0)) for name in encoding.classes}
        facts["missing_values"] = {name: int(n) for name, n in frame.isna().sum().items()}
    else:
        lengths = frame["films"].map(len)
        known = frame["target"].dropna().astype(str).isin(encoding.vocabulary[1:])
        facts["players_total"] = int(lengths.sum())
        facts["players_median"] = float(lengths.median())
        facts["targets_outside_vocabulary"] = int((~known).sum())
    return facts


def _catalog(prepared: Prepared, encoding: Encoding, counts: np.ndarray) -> pd.DataFrame:
    """What the players' ids stand for.

    Args:
        prepared: the splits, and of histories the films.
        encoding: fitted on the training rows.
        counts: int64 [vocabulary], occurrences in them.

    Returns:
        One row per vocabulary entry with ``id``, ``entry`` and ``count`` (occurrences in the
        training split, those that instances are cut off not counted); of histories one row per
        film of the source, with ``film``, ``title``, ``year`` and ``genres`` too (``id`` 0 = not
        in the vocabulary).
    """
    known = pd.DataFrame(
        {"id": np.arange(len(counts)), "entry": encoding.vocabulary, "count": counts}
    )
    if prepared.films is None:
        return known
    films = prepared.films.assign(entry=prepared.films["film"].astype(str))
    return films.merge(known, on="entry", how="left").fillna({"id": 0, "count": 0})


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
