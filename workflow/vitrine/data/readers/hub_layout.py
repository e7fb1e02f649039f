"""Which files of a dataset on the Hub belong to which subset and split."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from fsspec.utils import glob_translate

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.read import SUFFIXES
from vitrine.hints import nearest

# subset -> split -> paths in the repository, in order.
Layout = dict[str, dict[str, list[str]]]

# What the Hub calls the only subset of a dataset.
DEFAULT = "default"
# Where several kinds of file hold the same rows, the first of these is read.
_PREFERRED = (".parquet", ".jsonl", ".csv", ".tsv")
_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_WORDS = "|".join(name for names in _NAMES.values() for name in names)
_WORD = re.compile(rf"(?:^|[^A-Za-z])({_WORDS})(?=$|[^A-Za-z])", re.IGNORECASE)
_SHARD = re.compile(r"(.+)-\d{5}-of-\d{5}(?:-[0-9a-f]+)?")
# Subset and split of a file of the Hub's own conversion to Parquet.
CONVERTED_FILE = re.compile(r"([^/]+)/([^/]+)/\d+\.parquet")


def layout_of(paths: Sequence[str], metadata: Mapping[str, Any], script: str) -> Layout:
    """Find the subsets and splits of a dataset.

    They are those that its ``README.md`` declares under ``configs``. Without these, folders and
    names of files tell them, as they do for the library `datasets`.

    Args:
        paths: all files of the repository, from its top.
        metadata: the YAML at the head of ``README.md``.
        script: name of the Python file that would make the rows, if the repository has it.

    Returns:
        The files; a subset without any has none that can be read (`SUFFIXES`). Empty where only
        a script knows what the rows are.
    """
    files = sorted(path for path in paths if not path.startswith("."))
    declared = metadata.get("configs")
    if isinstance(declared, list) and declared:
        return dict(_declared(declared, files))
    if script in files:
        return {}
    readable = [path for path in files if _suffix(path) in SUFFIXES]
    converted = [CONVERTED_FILE.fullmatch(path) for path in readable]
    layout: Layout = {}
    if readable and all(converted):
        for match in converted:
            if match is not None:
                layout.setdefault(match[1], {}).setdefault(match[2], []).append(match[0])
        return layout
    for path, subset, split in _named(readable):
        layout.setdefault(subset, {}).setdefault(split, []).append(path)
    return {subset: _one_kind(splits) for subset, splits in layout.items()}


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def _declared(
    declared: list[Any], files: Sequence[str]
) -> Iterator[tuple[str, dict[str, list[str]]]]:
    for entry in (entry for entry in declared if isinstance(entry, Mapping)):
        subset = str(entry.get("config_name", DEFAULT))
        folder = str(entry.get("data_dir") or "").strip("./")
        inside = [path for path in files if not folder or path.startswith(f"{folder}/")]
        splits: dict[str, list[str]] = {}
        if entry.get("data_files"):
            for split, patterns in _patterns(entry["data_files"]):
                splits[split] = [
                    path
                    for pattern in patterns
                    for path in inside
                    if _fits(path.removeprefix(f"{folder}/"), pattern)
                ]
        else:
            readable = [path for path in inside if _suffix(path) in SUFFIXES]
            for path, _, split in _named(readable):
                splits.setdefault(split, []).append(path)
            splits = _one_kind(splits)
        # A cache may lack the files of a split.
        splits = {split: paths for split, paths in splits.items() if paths}
        whole = all(_suffix(path) in SUFFIXES for paths in splits.values() for path in paths)
        yield subset, splits if whole else {}


def _patterns(data_files: Any) -> Iterator[tuple[str, list[str]]]:
    """Splits and their patterns, in each of the forms that ``data_files`` may have."""
    if isinstance(data_files, Mapping):
        pairs = list(data_files.items())
    elif isinstance(data_files, list) and all(isinstance(entry, Mapping) for entry in data_files):
        pairs = [(entry.get("split", "train"), entry.get("path", [])) for entry in data_files]
    else:
        pairs = [("train", data_files)]
    for split, paths in pairs:
        yield str(split), [str(path) for path in (paths if isinstance(paths, list) else [paths])]


def _fits(path: str, pattern: str) -> bool:
    return re.match(glob_translate(pattern.removeprefix("./")), path) is not None


def _named(paths: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Path, subset and split by the names of files and folders.

    Where no name tells a split all is for training; where one does, other files are left out.
    """
    named = [(path, *_from_path(path)) for path in paths]
    any_named = any(split for _, _, split in named)
    for path, subset, split in named:
        if split or not any_named:
            yield path, subset, split or "train"


def _from_path(path: str) -> tuple[str, str | None]:
    """The subset and the split that the names of a file and its folders state."""
    *folders, file = path.split("/")
    stem = PurePosixPath(file).stem
    shard = _SHARD.fullmatch(stem)
    word = _WORD.search(shard[1] if shard else stem)
    if word:
        return _subset(folders), word[1].lower()
    if shard:
        return _subset(folders), shard[1]
    for place in reversed(range(len(folders))):
        word = _WORD.search(folders[place])
        if word:
            return _subset(folders[:place]), word[1].lower()
    return _subset(folders), None


def _subset(folders: Sequence[str]) -> str:
    return "/".join(folders[1:] if folders[:1] == ["data"] else folders) or DEFAULT


def _one_kind(splits: dict[str, list[str]]) -> dict[str, list[str]]:
    """The files of the kind that most splits have."""
    kinds = {
        kind: {
            split: of_kind
            for split, paths in splits.items()
            if (of_kind := [path for path in paths if _suffix(path) == kind])
        }
        for kind in _PREFERRED
    }
    return max(kinds.values(), key=len, default={})


def subset_of(place: str, layout: Layout, wanted: str | None) -> str:
    """The subset that is wanted, or the only one.

    Raises:
        BadDataError: there is no such subset, or several and none is wanted; lists them.
    """
    if wanted is not None:
        if wanted not in layout:
            raise BadDataError(
                place,
                f"There is no subset `{wanted}`. {nearest(wanted, list(layout))}There are: "
                f"{', '.join(layout)}.",
            )
        return wanted
    if len(layout) > 1:
        raise BadDataError(
            place,
            f"It has {len(layout)} subsets; name one with `data: {{subset: ...}}`: "
            f"{', '.join(layout)}.",
        )
    return next(iter(layout))


def roles_of(
    place: str, splits: Iterable[str], stated: Mapping[str, str | None], given: bool
) -> dict[str, str]:
    """Which split is for what.

    Args:
        place: what errors name.
        splits: the dataset's splits.
        stated: the splits for ``train``, ``validation`` and ``test`` that a user names.
        given: whether rows are to stay in their splits; else all are used alike.

    Returns:
        ``train``, ``validation`` and ``test``, or those of them that there are, and their splits;
        with ``given`` the first and the last are there.

    Raises:
        BadDataError: a split is missing or has two roles; lists those that there are.
    """
    available = list(splits)
    roles = {role: split for role, split in stated.items() if split is not None}
    for role, split in roles.items():
        if split not in available:
            raise BadDataError(
                place,
                f"There is no split `{split}` (data: splits: {role}). {nearest(split, available)}"
                f"There are: {', '.join(available)}.",
            )
        if list(roles.values()).count(split) > 1:
            raise BadDataError(place, f"The split `{split}` has two uses in `data: splits`.")
    for role, names in _NAMES.items():
        free = [split for split in available if split not in roles.values()]
        called = [split for name in names for split in free if split.lower() == name]
        if role not in roles and called:
            roles[role] = called[0]
    if not given and not roles and len(available) == 1:
        roles = {"train": available[0]}
    for role in ("train", "test") if given else ("train",):
        if role not in roles:
            random = (
                ", or write `split: {kind: random, ...}`, which draws them afresh" if given else ""
            )
            raise BadDataError(
                place,
                f"No split is called {role}; there are: {', '.join(available)}. Say which is used "
                f"so with `data: {{splits: {{{role}: ...}}}}`{random}.",
            )
    return {role: roles[role] for role in _NAMES if role in roles}
