"""A user's file on the user's way: `vitrine new-study`, then the stage `prepare`."""

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import pytest
import yaml

from vitrine.__main__ import main
from vitrine.config.load import check
from vitrine.data.encoding import Encoding, load_encoding
from vitrine.data.examples import player_names
from vitrine.data.prepare import prepare_study
from vitrine.data.readers.bad import BadDataError
from vitrine.data.settings import StudyData
from vitrine.data.splits import SPLITS

ROOT = Path(__file__).parents[2]
LABELS = ("good", "bad")
RANDOM = {"kind": "random", "validation": 0.25, "test": 0.25, "seed": 0}
GIVEN = {"kind": "given", "validation": 0.25, "seed": 0}
LEAVE_ONE_OUT = {"kind": "leave_one_out"}
# What the stage `prepare` reads of a study.
_READ = ("source", "data", "split", "players", "vocabulary")


@dataclass(frozen=True)
class Carried:
    """What became of a file.

    Attributes:
        study: the study that was proposed, or written by hand.
        said: what `new-study` printed.
        rows: training, validation and test together, in order of ``instance``.
        encoding: as written.
        sheet: the datasheet.
    """

    study: dict[str, Any]
    said: str
    rows: pd.DataFrame
    encoding: Encoding
    sheet: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """The section ``data`` of the study."""
        return self.study["data"]

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The fields of a table by their names."""
        return {field["name"]: field for field in self.encoding.details["fields"]}

    @property
    def notes(self) -> str:
        """The notes of the datasheet."""
        return "\n".join(self.sheet["notes"])

    @property
    def counts(self) -> tuple[int, int, dict[str, int]]:
        """Rows in the files, used and left out."""
        rows = self.sheet["rows"]
        return rows["in_files"], rows["used"], rows["left_out"]

    def values(self, column: str) -> list[Any]:
        """The values of a column; None where it is missing."""
        return [None if pd.isna(value) else value for value in self.rows[column]]

    def names(self, instance: int) -> list[str]:
        """The names of the players of an instance, wherever it is."""
        for split in SPLITS:
            if instance in pd.read_parquet(f"out/{split}.parquet")["instance"].to_list():
                return player_names(Path("out"), split, [instance])[instance]
        raise KeyError(instance)


def put(name: str, content: str | bytes | pd.DataFrame) -> str:
    """Write a file into the folder ``data``; returns its path."""
    path = Path("data") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pd.DataFrame):
        if path.suffix == ".parquet":
            content.to_parquet(path)
        elif path.suffix == ".jsonl":
            content.to_json(path, orient="records", lines=True)
        else:
            content.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
        return str(path)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def lines(names: str, rows: Iterable[str], end: str = "\n") -> str:
    """A file of text: the line of column names, and those of the rows."""
    return "".join(line + end for line in (names, *rows))


def labelled(cells: Mapping[str, Sequence[str]], separator: str = ";") -> str:
    """A file of columns, with their cells as they are given, and a last one ``label``.

    Its labels are ``good`` and ``bad`` in turn.
    """
    rows = zip(*cells.values(), strict=True)
    return lines(
        separator.join([*cells, "label"]),
        (separator.join([*row, LABELS[place % 2]]) for place, row in enumerate(rows)),
    )


def new_study(file: str, *options: str) -> tuple[int, str, str]:
    """Call the command for a study ``mine``; returns its status and what it printed."""
    # What an earlier call of the test has left.
    shutil.rmtree("config", ignore_errors=True)
    out, err = io.StringIO(), io.StringIO()
    argv = ["vitrine", "new-study", "mine", file, *options]
    with (
        mock.patch.object(sys, "argv", argv),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        status = main()
    return status, out.getvalue(), err.getvalue()


def carry(file: str, *options: str) -> Carried:
    """Propose a study of a file, check the configuration, and prepare it as proposed."""
    status, said, errors = new_study(file, *options)
    assert status == 0, errors
    path = Path("config/mine.yaml")
    check([ROOT / "config" / "config.yaml", path])
    study = yaml.safe_load(path.read_text(encoding="utf-8"))["definitions"]["mine"]
    return _prepared(study, said)


def refused(file: str, *options: str) -> str:
    """What `new-study` says of a file that it refuses; it writes nothing."""
    status, _, errors = new_study(file, *options)
    assert status == 2, "it was accepted"
    assert not Path("config").exists()
    assert errors.startswith(file), errors
    return errors.strip()


def run(data: Mapping[str, Any], split: Mapping[str, Any] = RANDOM, **settings: Any) -> Carried:
    """Prepare a study whose section ``data`` is written by hand."""
    study = {"source": "file", "data": dict(data), "split": dict(split), **settings}
    return _prepared(study, "")


def run_refused(data: Mapping[str, Any], split: Mapping[str, Any] = RANDOM) -> str:
    """What a run says of data that it refuses; it writes nothing."""
    with pytest.raises(BadDataError) as error:
        run(data, split)
    assert not Path("out").exists()
    return str(error.value)


def _prepared(study: dict[str, Any], said: str) -> Carried:
    settings = {key: study[key] for key in _READ if key in study}
    folder = Path("out")
    shutil.rmtree(folder, ignore_errors=True)
    prepare_study("mine", StudyData(**settings), folder)
    splits = [pd.read_parquet(folder / f"{name}.parquet") for name in SPLITS]
    rows = pd.concat(splits).sort_values("instance", kind="stable").reset_index(drop=True)
    sheet = json.loads((folder / "datasheet.json").read_text())
    return Carried(study, said, rows, load_encoding(folder), sheet)
