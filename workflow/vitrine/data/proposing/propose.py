"""From a file, a folder or a dataset on the Hub to a study that a run accepts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.domains.registry import DOMAINS
from vitrine.data.own_data import BRACES, OwnData, is_plain
from vitrine.data.prepare import PreparedStudy, prepared_study
from vitrine.data.proposing.columns import Seen, Table, look_at
from vitrine.data.proposing.fields import check_left, describe_fields
from vitrine.data.proposing.histories import history_roles, propose_histories
from vitrine.data.proposing.images import propose_for_column, propose_for_files
from vitrine.data.proposing.label import chosen_label, label_candidates, one_hot
from vitrine.data.proposing.texts import describe_texts, text_candidates
from vitrine.data.proposing.training import (
    proposed_metric,
    proposed_scales,
    proposed_training,
)
from vitrine.data.proposing.wishes import Proposal, Wishes
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.form import Reading
from vitrine.data.readers.read import SUFFIXES, read_table
from vitrine.data.readers.split_files import SPLIT, SplitFiles
from vitrine.data.settings import StudyData
from vitrine.files import files_below

# Before the name of a dataset on the Hugging Face Hub, behind which its subset may stand.
HUB = "hub:"
_SPLIT_COLUMNS = ("split", "part", "subset", "fold", "set")
_SPLITS = {"train", "training", "test", "testing", "validation", "val", "valid", "dev"}
_IMBALANCE = 10
_FEW_ROWS = 300
# Of two classes, the one with a smaller share is the one to detect.
_LESS = 0.4


def propose(path: Path, wishes: Wishes) -> Proposal:
    """Guess what a file, a folder or a dataset on the Hugging Face Hub is.

    The proposal is read as a run reads it, so that a run accepts what is proposed.

    Args:
        path: where it is; ``hub:<name>`` or ``hub:<name>:<subset>`` for a dataset on the Hub.
        wishes: what the user has decided.

    Raises:
        BadDataError: it cannot be read, or nothing in it looks like a label.
    """
    if str(path).startswith(HUB):
        name, _, subset = str(path).removeprefix(HUB).partition(":")
        proposal = _on_the_hub(name, subset or None, wishes)
        _finish(proposal, None)
        return proposal
    if not path.exists():
        raise BadDataError(path, "There is no such file or folder.")
    if path.is_dir() or path.suffix == ".npz":
        proposal = _images(path)
    else:
        reading = Reading()
        frame = read_table(path, None, (), wishes.form, reading)
        proposal = _rows(path, frame, wishes)
        proposal.findings[1:1] = reading.notes
        for key in ("encoding", "separator", "quotes"):
            if getattr(wishes.form, key) is not None:
                proposal.study["data"][key] = getattr(wishes.form, key)
        proposal.findings += _siblings(path)
    _place(proposal, path)
    _finish(proposal, path)
    return proposal


def _place(proposal: Proposal, path: Path) -> None:
    """Name the file, and say how to bring one from outside into the project."""
    data = proposal.study["data"]
    for each in files_below(path):
        if not is_plain(each):
            raise BadDataError(each, f"{BRACES}.")
    if path.absolute().is_relative_to(Path.cwd()):
        data["file"] = str(path.absolute().relative_to(Path.cwd()))
        return
    data["file"] = f"data/{path.name}"
    proposal.findings.append(
        f"{path} lies outside of the project: link it before you start, with "
        f"`ln -s {path.absolute()} data/`."
    )


def _finish(proposal: Proposal, path: Path | None) -> None:
    """Read the data as a run will, and propose a training for what there is."""
    study = proposal.study
    keys = ("source", "data", "split", "players")
    settings: dict[str, Any] = {key: study[key] for key in keys if key in study}
    if path is not None:
        settings["data"] = study["data"] | {"file": str(path)}
    prepared = prepared_study("proposed", _checked(settings))
    _add_training(proposal, prepared)
    said = "\n".join(proposal.findings)
    proposal.findings += [note for note in prepared.datasheet["notes"] if note not in said]
    rows = prepared.datasheet["rows"]
    left_out = {reason: count for reason, count in rows["left_out"].items() if count}
    told = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in left_out.items())
    proposal.findings.append(
        f"A run uses {rows['used']:,} of {rows['in_files']:,} rows"
        + (f"; left out: {told}." if told else ".")
    )


def _checked(settings: dict[str, Any]) -> StudyData:
    """The settings without the rule that files lie in the project: it may come there later."""
    data = settings["data"]
    own = DOMAINS[data["domain"]].own_data
    inside = own.model_validate(data | ({"file": "data"} if "file" in data else {}))
    study = StudyData.model_validate(settings | {"data": inside})
    located = inside.model_copy(update={"file": data.get("file")})
    return study.model_copy(update={"data": located})


def _rows(place: object, frame: pd.DataFrame, wishes: Wishes) -> Proposal:
    """A study of a table of rows."""
    table = look_at(place, frame, wishes.decimal, wishes.dates)
    columns = table.columns
    findings = [f"{len(frame):,} rows, {len(frame.columns)} columns."]
    texts = text_candidates(columns)
    roles = history_roles(columns, wishes)
    domain, why = _domain(place, columns, texts, roles is not None, wishes)
    findings.append(why)
    if domain == "sequence":
        if roles is None:
            raise BadDataError(
                place,
                "Histories need columns of users, items and times: name them with USER=..., "
                "ITEM=... and TIME=... (`--user`, `--item`, `--time`).",
            )
        proposal = propose_histories(columns, roles, wishes)
        proposal.findings[:0] = findings
        return proposal
    text = (wishes.text or texts[0].name) if domain == "text" else None
    split = _split_column(columns)
    features = [name for name in (text, split) if name is not None]
    label, others = chosen_label(place, columns, features, wishes.label)
    findings.append(f"The label is {label}.")
    if others:
        findings.append(f"It might also be {', '.join(map(str, others[:3]))}.")
    hot = one_hot([column for column in columns if column.name not in features])
    if hot:
        findings.append(
            f"Warning: exactly one of {', '.join(f'`{name}`' for name in hot)} is 1 in every row. "
            "If they are the label, write them as one column."
        )
    if text is None:
        known = (label.column.name, split)
        check_left(place, [column for column in columns if column.name not in known])
    return _classes(table, label.column, text, split, findings)


def _domain(
    place: object, columns: Sequence[Seen], texts: Sequence[Seen], log: bool, wishes: Wishes
) -> tuple[str, str]:
    """The domain, and a sentence on why and what else it could be."""
    names = [column.name for column in columns]
    if wishes.text is not None and wishes.text not in names:
        raise BadDataError(place, f"There is no column `{wishes.text}`.")
    if wishes.domain is not None:
        if wishes.domain == "text" and not texts and wishes.text is None:
            raise BadDataError(place, "No column holds texts: name it with TEXT=... (`--text`).")
        return wishes.domain, f"The domain is {wishes.domain}, as stated."
    if wishes.text is not None:
        return "text", f"The domain is text: `{wishes.text}` is stated to hold the texts."
    stated = wishes.user or wishes.item or wishes.time
    ranked = label_candidates(columns)
    labelled = wishes.label is not None or bool(ranked and ranked[0].score >= 50)
    if stated or (log and not labelled):
        other = "" if stated else " (otherwise a table)"
        return "sequence", f"The domain is sequence: a log of users, items and times{other}."
    if texts:
        shown = texts[0]
        return "text", (
            f"The domain is text: `{shown.name}` has {shown.words:.0f} words in the median row "
            "(otherwise a table, without that column)."
        )
    also = " (otherwise histories: there are users, items and times)" if log else ""
    return "table", f"The domain is table: no column holds texts{also}."


def _split_column(columns: Sequence[Seen]) -> str | None:
    """A column that is called so and holds nothing but names of splits, training and test among."""
    for column in columns:
        if column.name.casefold() not in _SPLIT_COLUMNS or column.kind != "category":
            continue
        kinds = {*column.labels.dropna().str.casefold().unique()}
        if kinds <= _SPLITS and kinds & {"train", "training"} and kinds & {"test", "testing"}:
            return column.name
    return None


def _classes(
    table: Table,
    label: Seen,
    text: str | None,
    split: str | None,
    findings: list[str],
) -> Proposal:
    labels, columns = label.labels, table.columns
    data: dict[str, Any] = {"domain": "table" if text is None else "text", "file": ""}
    study: dict[str, Any] = {"source": "file", "data": data}
    if text is not None:
        data["text"] = text
    data["label"] = label.name
    unlabelled = int(labels.isna().sum())
    if unlabelled:
        data["unlabelled"] = "leave_out"
        findings.append(f"Warning: {unlabelled:,} rows have no label; they are left out.")
    others = [column for column in columns if column.name not in (label.name, text, split)]
    if text is not None:
        raw = next(column.raw for column in columns if column.name == text)
        findings += describe_texts(raw.astype("str").where(raw.notna()), labels, study)
        if others:
            unused = ", ".join(f"`{column.name}`" for column in others)
            findings.append(f"Not used beside the text: {unused}.")
    else:
        findings += describe_fields(table, others, labels, data)
    if split is not None:
        data["split"] = split
        study["split"] = {"kind": "given", "validation": 0.15, "seed": 0}
        findings.append(f"The column `{split}` is taken for the given split.")
    else:
        study["split"] = {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0}
    return Proposal(study, findings)


def _add_training(proposal: Proposal, prepared: PreparedStudy) -> None:
    """Metric, training and model sizes that fit the rows that are left after reading."""
    study, encoding = proposal.study, prepared.encoding
    splits = prepared.datasheet["splits"]
    rows = sum(part["rows"] for part in splits.values())
    if encoding.task == "ranking":
        lengths = prepared.tables.splits["test"]["films"].map(len)
        rows = int(np.ceil(lengths / encoding.players).sum())
    else:
        counts = {
            name: sum(part["class_balance"][name] for part in splits.values())
            for name in encoding.classes
        }
        proposal.findings += _balance(counts, study)
        study["metric"] = proposed_metric([*counts.values()], "positive" in study["data"])
    study["training"] = proposed_training(encoding.domain, rows)
    study["scales"] = proposed_scales(rows, encoding.players)


def _balance(counts: dict[str, int], study: dict[str, Any]) -> list[str]:
    """Sentences on the classes; of two, the rare one is to be detected."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    shown = ", ".join(f"{name} {count:,}" for name, count in ordered[:10])
    more = ", ..." if len(ordered) > 10 else ""
    said = [f"{len(counts)} classes: {shown}{more}."]
    (most, many), (least, few) = ordered[0], ordered[-1]
    if many >= _IMBALANCE * few:
        said.append(
            f"Warning: `{most}` is {many / few:.0f} times as frequent as `{least}`; accuracy will "
            "mislead."
        )
    total = sum(counts.values())
    named = "positive" in DOMAINS[study["data"]["domain"]].own_data.model_fields
    if len(counts) == 2 and few < _LESS * total and named:
        study["data"]["positive"] = least
        said.append(f"`{least}` is taken as the class to detect (`data: positive`).")
    if total < _FEW_ROWS:
        said.append("Warning: with so few rows the figures will have wide intervals.")
    return said


def _on_the_hub(name: str, subset: str | None, wishes: Wishes) -> Proposal:
    """A study of a dataset on the Hub, whose splits are kept as far as they have labels."""
    # Only here, since files need not wait for the Hub's library.
    from vitrine.data.readers.hub import find
    from vitrine.data.readers.hub_layout import DEFAULT

    dataset = find(OwnData(hub=name, subset=subset), given=False)
    rows = dataset.rows(None, given=True)
    frame = rows.read(None, (), wishes.form)
    splits = frame.pop(SPLIT)
    images = [str(column) for column, cells in frame.items() if cells.map(_is_image).all()]
    proposal = _encoded(rows, frame, images[0], wishes) if images else _rows(rows, frame, wishes)
    study = proposal.study
    place = {"hub": name, "revision": dataset.commit}
    if dataset.subset != DEFAULT:
        place["subset"] = dataset.subset
    data = {key: value for key, value in study["data"].items() if key not in ("file", "split")}
    study |= {"source": "hub", "data": {"domain": data.pop("domain"), **place, **data}}
    # The Hub's reader leaves such rows out in any case.
    study["data"].pop("unlabelled", None)
    proposal.findings.insert(0, f"Commit {dataset.commit}, subset {dataset.subset}.")
    if study["split"]["kind"] != "leave_one_out":
        labelled = frame[study["data"]["label"]].notna().groupby(splits).any()
        _keep_splits(proposal, [split for split in dataset.splits if labelled[split]])
    return proposal


def _keep_splits(proposal: Proposal, labelled: list[str]) -> None:
    study = proposal.study
    study["split"] = {"kind": "given", "validation": 0.15, "seed": 0}
    if "test" not in labelled and "validation" in labelled and "train" in labelled:
        study["data"]["splits"] = {"test": "validation"}
        proposal.findings.append(
            "There is no test split with labels: the validation split is taken for it."
        )
    elif not {"train", "test"} <= {*labelled}:
        study["split"] = {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0}
        proposal.findings.append("There is no test split with labels: splits are drawn.")
    else:
        proposal.findings.append(f"Its own splits are kept: {', '.join(labelled)}.")


def _is_image(cell: object) -> bool:
    return isinstance(cell, dict) and "bytes" in cell


def _encoded(place: SplitFiles, frame: pd.DataFrame, image: str, wishes: Wishes) -> Proposal:
    """A study of a column of images."""
    columns = look_at(place, frame.drop(columns=image)).columns
    label, _ = chosen_label(place, columns, [], wishes.label)
    labelled = label.column.labels.notna()
    images = propose_for_column(place, frame[image][labelled])
    data = {"domain": "image", "image": image, "label": label.column.name, **images.settings}
    findings = [f"The label is {label}.", *images.findings]
    return Proposal({"source": "hub", "data": data, "split": {"kind": "random"}}, findings)


def _images(path: Path) -> Proposal:
    images = propose_for_files(path)
    study = {
        "source": "file",
        "data": {"domain": "image", "file": "", **images.settings},
        "split": {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0},
    }
    return Proposal(study, images.findings)


def _siblings(path: Path) -> list[str]:
    """Files of the same kind beside it, such as test.csv beside train.csv."""
    others = sorted(
        other.name
        for other in path.parent.iterdir()
        if other != path and other.suffix.lower() in SUFFIXES
    )
    apart = {"train", "test", "valid", "val", "dev"}
    if path.stem.casefold() not in apart:
        return []
    beside = [name for name in others if Path(name).stem.casefold() in apart]
    if not beside:
        return []
    return [
        f"Warning: {', '.join(beside)} beside it is not read. To use its rows as given splits, "
        "write the files into one, with a column `split`."
    ]
