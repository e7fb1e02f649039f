"""Look at your own data, in files or on the Hugging Face Hub, and propose a study.

Prints what is in the data and writes config/NAME.yaml.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from vitrine.config.names import RESERVED
from vitrine.config.schema import NAMES
from vitrine.data.domains.registry import DOMAINS
from vitrine.data.domains.text.encoding import same_text_key, words_of
from vitrine.data.own_data import OwnData
from vitrine.data.proposing.training import proposed_metric, proposed_scales, proposed_training
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.pictures import files_of, read_arrays, read_encoded, read_folder
from vitrine.data.readers.read import read_table
from vitrine.data.readers.split_files import SPLIT

LABELS = ("label", "class", "target", "y", "outcome", "category", "sentiment", "status", "default")
TEXTS = ("text", "body", "review", "comment", "message", "content", "sentence")
USERS = ("user", "user_id", "userid", "customer", "customer_id", "who")
ITEMS = ("item", "item_id", "itemid", "product", "product_id", "film", "movie", "movieid")
TIMES = ("timestamp", "time", "date", "datetime", "when")
RATINGS = ("rating", "score", "stars")
SPLIT_COLUMNS = ("split", "part", "subset")
# A column with this many words in the median row is a text.
_TEXT_WORDS = 4
_MOST_CLASSES = 50
_IMBALANCE = 10
_LEAK = 0.999
_SHOWN_IMAGES = 200
# Before the name of a dataset on the Hugging Face Hub, behind which its subset may stand.
HUB = "hub:"


@dataclass
class Proposal:
    """A study's block of the configuration, and what was seen in the data.

    Attributes:
        study: what goes under ``definitions: <name>:``.
        findings: facts and warnings, a sentence each.
    """

    study: dict[str, Any]
    findings: list[str] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("name", help="the name of the study")
    parser.add_argument(
        "data",
        type=Path,
        help="a file, a folder with a folder of images per class, or hub:owner/name, a dataset on "
        "the Hugging Face Hub, followed by :subset if it has several",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    return new_study(options.name, options.data)


def new_study(name: str, path: Path) -> int:
    """Print what is in the data, and write ``config/<name>.yaml``.

    Returns:
        The exit status: 0, or 2 if the name or the data cannot be used.
    """
    target = Path("config") / f"{name}.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name) or name in RESERVED:
        print(f"`{name}` cannot be a study's name: {NAMES}, no stage or method.", file=sys.stderr)
        return 2
    if target.exists():
        print(f"{target} exists already; remove it or choose another name.", file=sys.stderr)
        return 2
    try:
        proposal = propose(path)
    except (BadDataError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    for sentence in proposal.findings:
        print(f"- {sentence}")
    content = {"studies": [name], "definitions": {name: proposal.study}}
    target.parent.mkdir(exist_ok=True)
    header = "# Proposed for your data; docs/configuration.md explains every key.\n"
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=False)
    target.write_text(header + text, encoding="utf-8")
    print(f"\nWritten: {target}. Look at it, then: snakemake --cores 8 --configfile {target}")
    return 0


def propose(path: Path) -> Proposal:
    """Guess what a file, a folder or a dataset on the Hugging Face Hub is.

    Args:
        path: where it is; ``hub:<name>`` or ``hub:<name>:<subset>`` for a dataset on the Hub.

    Raises:
        BadDataError: it cannot be read, or nothing in it looks like a label.
    """
    if str(path).startswith(HUB):
        name, _, subset = str(path).removeprefix(HUB).partition(":")
        return _on_the_hub(name, subset or None)
    if not path.exists():
        raise BadDataError(path, "There is no such file or folder.")
    inside = path.absolute().is_relative_to(Path.cwd())
    if path.is_dir() or path.suffix == ".npz":
        proposal = _images(path)
    else:
        proposal = _rows(path, read_table(path, None))
    data = proposal.study["data"]
    if inside:
        data["file"] = str(path.absolute().relative_to(Path.cwd()))
    else:
        data["file"] = f"data/{path.name}"
        proposal.findings.append(
            f"{path} lies outside of the project: link it before you start, with "
            f"`ln -s {path.absolute()} data/`."
        )
    return proposal


def _on_the_hub(name: str, subset: str | None) -> Proposal:
    # Only here, since files need not wait for the Hub's library.
    from vitrine.data.readers.hub import find
    from vitrine.data.readers.hub_layout import DEFAULT

    dataset = find(OwnData(hub=name, subset=subset), given=False)
    rows = dataset.rows(None, given=True)
    frame = rows.read(None)
    splits = frame.pop(SPLIT)
    if any(column.map(_is_image).all() for _, column in frame.items()):
        proposal = _encoded(rows, frame)
    else:
        proposal = _rows(rows, frame)
    study = proposal.study
    place = {"hub": name, "revision": dataset.commit}
    if dataset.subset != DEFAULT:
        place["subset"] = dataset.subset
    data = {key: value for key, value in study["data"].items() if key not in ("file", "split")}
    study |= {"source": "hub", "data": {"domain": data.pop("domain"), **place, **data}}
    proposal.findings.insert(0, f"Commit {dataset.commit}, subset {dataset.subset}.")
    if study["split"]["kind"] != "leave_one_out":
        labelled = frame[data["label"]].notna().groupby(splits).any()
        _keep_splits(study, [split for split in dataset.splits if labelled[split]], proposal)
    return proposal


def _keep_splits(study: dict[str, Any], labelled: list[str], proposal: Proposal) -> None:
    """Keep the splits of a dataset on the Hub, as far as they have labels."""
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


def _encoded(place: object, frame: pd.DataFrame) -> Proposal:
    images = next(str(name) for name, column in frame.items() if column.map(_is_image).all())
    names = {str(name).lower(): str(name) for name in frame}
    label = _label_column(place, frame.drop(columns=images), names, None)
    head = frame[images].head(_SHOWN_IMAGES)
    try:
        size, pixels = None, read_encoded(place, head, None, 1)
    except BadDataError:
        size, pixels = 32, read_encoded(place, head, 32, 1)
    data = {"domain": "image", "image": images, "label": label}
    return _of_images(pixels, frame[label].dropna(), data, size, [f"{len(frame):,} images."])


def _rows(path: object, frame: pd.DataFrame) -> Proposal:
    names = {str(name).lower(): str(name) for name in frame}
    findings = [f"{len(frame):,} rows, {len(frame.columns)} columns."]
    user, item, when = (_named(names, usual) for usual in (USERS, ITEMS, TIMES))
    if user and item and when:
        return _histories(frame, names, findings, (user, item, when))
    text = _text_column(frame, names)
    label = _label_column(path, frame, names, text)
    split = _named(names, SPLIT_COLUMNS)
    unlabelled = int(frame[label].isna().sum())
    if unlabelled:
        findings.append(f"Warning: {unlabelled:,} rows have no label.")
        frame = frame[frame[label].notna()]
    labels = frame[label].astype("str")
    study: dict[str, Any] = {"source": "file"}
    if text is not None:
        study["data"] = {"domain": "text", "file": "", "text": text, "label": label}
        findings += _of_texts(frame[text], study)
        length = study["players"]
    else:
        fields = [str(name) for name in frame if name not in (label, split)]
        study["data"] = {"domain": "table", "file": "", "label": label}
        findings += _of_fields(frame, fields, labels, study["data"])
        length = len(fields)
    if split is not None:
        study["data"]["split"] = split
        study["split"] = {"kind": "given", "validation": 0.15, "seed": 0}
        findings.append(f"The column `{split}` is taken for the given split.")
    else:
        study["split"] = {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0}
    return _finished(study, labels, findings, length)


def _named(names: dict[str, str], usual: tuple[str, ...]) -> str | None:
    """The column with the first of the usual names that there is."""
    return next((names[name] for name in usual if name in names), None)


def _text_column(frame: pd.DataFrame, names: dict[str, str]) -> str | None:
    lengths = {
        str(name): float(np.median([len(words_of(text)) for text in column.dropna().head(500)]))
        for name, column in frame.items()
        if pd.api.types.is_string_dtype(column) and column.notna().any()
    }
    by_name = _named(names, TEXTS)
    if by_name in lengths:
        return by_name
    longest = max(lengths, key=lambda name: lengths[name], default=None)
    return longest if longest is not None and lengths[longest] >= _TEXT_WORDS else None


def _label_column(
    path: object, frame: pd.DataFrame, names: dict[str, str], text: str | None
) -> str:
    few = [
        str(name)
        for name, column in frame.items()
        if name != text and 2 <= column.nunique() <= min(_MOST_CLASSES, len(frame) // 3)
    ]
    by_name = next((names[name] for name in LABELS if names.get(name) in few), None)
    if by_name is None and not few:
        raise BadDataError(path, f"No column looks like a label, with 2 to {_MOST_CLASSES} values.")
    return by_name or few[-1]


def _of_texts(texts: pd.Series, study: dict[str, Any]) -> Iterator[str]:
    lengths = np.array([len(words_of(text)) for text in texts.dropna()])
    players = int(np.clip(np.ceil(np.quantile(lengths, 0.95) / 16) * 16, 16, 512))
    study["players"] = players
    yield (
        f"Texts are in `{study['data']['text']}`: {np.median(lengths):.0f} words in the median, "
        f"{lengths.max():,} in the longest; the first {players} are seen."
    )
    empty = int((lengths == 0).sum() + texts.isna().sum())
    if empty:
        yield f"Warning: {empty:,} texts have no word; a run stops at an empty one."
    doubled = int(texts.dropna().map(same_text_key).duplicated().sum())
    if doubled:
        yield f"{doubled:,} texts stand there more than once; each is used once."


def _of_fields(
    frame: pd.DataFrame, fields: list[str], labels: pd.Series, data: dict[str, Any]
) -> Iterator[str]:
    dropped = []
    for name in fields:
        column = frame[name]
        numeric = pd.api.types.is_numeric_dtype(column)
        kinds = column.nunique()
        missing = f", {column.isna().mean():.1%} missing" if column.isna().any() else ""
        kind = "a number" if numeric else f"one of {kinds:,} values"
        whole = not numeric or bool((column.dropna() % 1 == 0).all())
        if kinds == 0 or (kinds == 1 and not column.isna().any()):
            dropped.append(name)
            yield f"`{name}` says nothing, it is the same everywhere; it is dropped."
        elif kinds == len(frame) and whole:
            dropped.append(name)
            yield f"`{name}` looks like an identifier, another in every row; it is dropped."
        else:
            yield f"`{name}` is {kind}{missing}."
            if _predictability(column, labels) > _LEAK:
                yield f"Warning: `{name}` alone tells the label. Known only afterwards? Drop it."
            if not numeric and kinds > _MOST_CLASSES:
                yield f"Warning: `{name}` has {kinds:,} values, many rare: drop or group it."
    doubled = int(frame.drop(columns=dropped).duplicated().sum())
    if doubled:
        yield f"Warning: {doubled:,} rows repeat others and may be in training and test alike."
    if dropped:
        data["drop"] = dropped


def _predictability(column: pd.Series, labels: pd.Series) -> float:
    """Share of rows whose label is the most frequent one among rows of the same value or decile."""
    if pd.api.types.is_numeric_dtype(column) and column.nunique() > _MOST_CLASSES:
        column = pd.qcut(column, 10, duplicates="drop")
    elif column.nunique() > len(column) / 4:
        return 0.0
    groups = labels.groupby(column.astype("str"), observed=True)
    return float(groups.agg(lambda part: part.value_counts().iloc[0]).sum() / len(labels))


def _histories(
    frame: pd.DataFrame, names: dict[str, str], findings: list[str], roles: tuple[str, str, str]
) -> Proposal:
    user, item, when = roles
    data = {"domain": "sequence", "file": "", "user": user, "item": item, "timestamp": when}
    for key, usual in (("title", ("title", "name")), ("rating", RATINGS)):
        column = _named(names, usual)
        if column is not None:
            data[key] = column
    lengths = frame.groupby(user).size()
    findings += [
        f"{len(lengths):,} users with {lengths.median():.0f} events in the median, "
        f"{frame[item].nunique():,} items.",
    ]
    repeated = int(frame.duplicated([user, item, when]).sum())
    if repeated:
        findings.append(f"{repeated:,} events stand there more than once; each is used once.")
    findings += [
        f"Warning: `{column}` is missing in {frame[column].isna().sum():,} rows; a run stops there."
        for column in roles
        if frame[column].isna().any()
    ]
    players = int(np.clip(lengths.quantile(0.9), 10, 50))
    windows = int(np.ceil(lengths / players).sum())
    study = {
        "source": "file",
        "data": data,
        "split": {"kind": "leave_one_out"},
        "players": players,
        "metric": "ndcg_10",
        "training": proposed_training("sequence", windows),
        "scales": proposed_scales(len(lengths), players),
    }
    return Proposal(study, findings)


def _images(path: Path) -> Proposal:
    size = None
    if path.is_dir():
        from PIL import Image

        paths = files_of(path)
        shapes = set()
        for file in paths:
            with Image.open(file) as image:
                shapes.add(image.size)
        findings = [f"{len(paths):,} images of {len(shapes)} sizes."]
        if len(shapes) != 1 or any(w != h or w > 64 or w % 2 for w, h in shapes):
            size = 32
        pixels, labels = read_folder(path, size, 1)
    else:
        findings = []
        pixels, labels = read_arrays(path, None, 1)
        findings.append(f"{len(labels):,} images.")
    return _of_images(pixels, pd.Series(labels), {"domain": "image", "file": ""}, size, findings)


def _of_images(
    pixels: np.ndarray,
    labels: pd.Series,
    data: dict[str, Any],
    size: int | None,
    findings: list[str],
) -> Proposal:
    side = round(pixels.shape[1] ** 0.5)
    patch = next(p for p in range(max(1, side // 4), side + 1) if side % p == 0)
    data["patch"] = patch
    if size is not None:
        data["size"] = size
        findings.append(f"They are scaled to {size}x{size} pixels.")
    findings.append(f"{(side // patch) ** 2} patches of {patch}x{patch} pixels.")
    study = {
        "source": "file",
        "data": data,
        "split": {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0},
    }
    return _finished(study, labels, findings, (side // patch) ** 2)


def _finished(
    study: dict[str, Any], labels: pd.Series, findings: list[str], length: int
) -> Proposal:
    counts = labels.value_counts()
    shown = ", ".join(f"{name} {count:,}" for name, count in counts.head(10).items())
    findings.append(f"{len(counts)} classes: {shown}{', ...' if len(counts) > 10 else ''}.")
    if counts.iloc[0] >= _IMBALANCE * counts.iloc[-1]:
        findings.append(
            f"Warning: `{counts.index[0]}` is {counts.iloc[0] / counts.iloc[-1]:.0f} times as "
            f"frequent as `{counts.index[-1]}`; accuracy will mislead."
        )
    if len(labels) < 300:
        findings.append("Warning: with so few rows the figures will have wide intervals.")
    domain = DOMAINS[study["data"]["domain"]]
    positive = "positive" in domain.own_data.model_fields
    study["metric"] = proposed_metric(counts.tolist(), positive)
    if study["metric"] == "average_precision":
        study["data"]["positive"] = str(counts.index[-1])
    study["training"] = proposed_training(domain.name, len(labels))
    study["scales"] = proposed_scales(len(labels), length)
    return Proposal(study, findings)
