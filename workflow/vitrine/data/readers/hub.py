"""Datasets on the Hugging Face Hub, by their names: files of rows are fetched, code is not."""

import glob
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import (
    constants,
    get_cached_repo_tree,
    get_token,
    metadata_load,
    snapshot_download,
)
from huggingface_hub import errors as hub_errors
from huggingface_hub.utils import logging as hub_logging
from huggingface_hub.utils.tqdm import (
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
)

from vitrine.data.own_data import OwnData
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.hub_layout import CONVERTED_FILE, Layout, layout_of, roles_of, subset_of
from vitrine.data.readers.read import SUFFIXES
from vitrine.data.readers.split_files import SplitFiles
from vitrine.files import sha256
from vitrine.hub import endpoint, looked_in

_log = logging.getLogger(__name__)

# Of the HTTP client of the Hub's library, whichever that is.
HTTPError: type[Exception] = hub_errors.HTTPError  # type: ignore[attr-defined]

# The branch on which the Hub keeps what it has converted to Parquet.
CONVERTED = "refs/convert/parquet"


@dataclass(frozen=True)
class HubData:
    """Files of a dataset, in the cache of the Hub's library.

    Attributes:
        name: on the Hub.
        subset: which of its subsets.
        commit: of the repository, from which the files are.
        converted: whether they are the Hub's conversion to Parquet, which has commits of its own.
        splits: what the split of each of ``train``, ``validation`` and ``test`` is called there.
        files: for each of them its files, by their paths in the repository.
        licence: what its ``README.md`` says, None if nothing.
    """

    name: str
    subset: str
    commit: str
    converted: bool
    splits: dict[str, str]
    files: dict[str, dict[str, Path]]
    licence: str | None

    def rows(self, label: str | None, given: bool) -> SplitFiles:
        """The files to read the rows from; see `SplitFiles`."""
        files = {role: list(paths.values()) for role, paths in self.files.items()}
        return SplitFiles(f"{self.name} ({self.subset})", files, label, given)

    def facts(self) -> dict[str, Any]:
        """Where the rows come from, for the data sheet; each file with its SHA-256."""
        return {
            "items": self.name,
            "subset": self.subset,
            "commit": self.commit,
            "converted": self.converted,
            "hub_splits": self.splits,
            "files": {
                role: {path: sha256(file) for path, file in paths.items()}
                for role, paths in self.files.items()
            },
            "licence": self.licence,
            "description": f"The dataset {self.name} of the Hugging Face Hub, subset "
            f"{self.subset}, commit {self.commit}"
            + (", as the Hub has converted it to Parquet." if self.converted else "."),
        }


def find(data: OwnData, given: bool) -> HubData:
    """Find a dataset and have its files in the cache.

    ``HF_ENDPOINT``, ``HF_TOKEN``, ``HF_HOME``, ``HF_HUB_CACHE`` and ``HF_HUB_OFFLINE`` count as for
    all of the Hub's tools. With a commit and its files in the cache nothing is asked for.

    Args:
        data: the section ``data`` of a study, of which ``hub``, ``revision``, ``subset`` and
            ``splits`` are read.
        given: whether rows are to stay in the dataset's splits.

    Raises:
        BadDataError: the dataset, revision, subset or a split is not there, nothing in it can be
            read, or the Hub cannot be reached; says where it was looked for and what would help.
    """
    repository = _Repository(str(data.hub), data.revision)
    layout, licence = repository.listed()
    if not layout or not layout[subset_of(repository.place, layout, data.subset)]:
        repository, layout = _conversion(repository)
    subset = subset_of(repository.place, layout, data.subset)
    stated = data.splits.model_dump() if data.splits is not None else {}
    splits = roles_of(repository.place, layout[subset], stated, given)
    chosen_paths = {role: layout[subset][split] for role, split in splits.items()}
    converted = all(
        CONVERTED_FILE.fullmatch(path) for paths in chosen_paths.values() for path in paths
    )
    files = repository.fetched(chosen_paths)
    return HubData(repository.name, subset, repository.commit, converted, splits, files, licence)


def _conversion(original: "_Repository") -> tuple["_Repository", Layout]:
    """The Hub's own conversion of a dataset to Parquet."""
    reason = (
        f"At commit {original.commit} it has no files that can be read ({', '.join(SUFFIXES)}), or "
        "a script only, which is not run"
    )
    converted = _Repository(original.name, CONVERTED, f"{reason}; and no conversion is found. ")
    layout, _ = converted.listed()
    if not layout:
        raise BadDataError(original.place, f"{reason}; nor has the Hub converted it to Parquet.")
    # The conversion follows the newest files, whatever revision is stated.
    if original.revision not in (None, constants.DEFAULT_REVISION):
        raise BadDataError(
            original.place,
            f"{reason}. The Hub has converted it to Parquet, on a branch whose commits are others: "
            f"state `data: {{revision: {converted.commit}}}`.",
        )
    return converted, layout


class _Repository:
    """A dataset's repository on the Hub, at a revision."""

    def __init__(self, name: str, revision: str | None, reason: str = "") -> None:
        self.name = name
        self.revision = revision
        self.place = f"data: hub: {name}"
        self.commit = ""
        self._reason = reason

    def listed(self) -> tuple[Layout, str | None]:
        """What it holds, and the licence that ``README.md`` states."""
        folder = self._download(["README.md"])
        self.commit = folder.name
        try:
            paths = [
                file.path
                for file in get_cached_repo_tree(
                    self.name, repo_type="dataset", revision=self.commit
                )
            ]
        except hub_errors.CachedRepoTreeNotFoundError:
            # Other tools than the library's present version may have filled the cache.
            paths = [
                file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()
            ]
        readme = folder / "README.md"
        try:
            metadata = (metadata_load(readme) if readme.exists() else None) or {}
        except (ValueError, yaml.YAMLError) as error:
            raise BadDataError(
                readme, f"What it says of subsets and splits is no valid YAML: {_first_line(error)}"
            ) from None
        layout = layout_of(paths, metadata, f"{self.name.rpartition('/')[2]}.py")
        licence = metadata.get("license")
        return layout, None if licence is None else str(licence)

    def fetched(self, files: Mapping[str, list[str]]) -> dict[str, dict[str, Path]]:
        """Have files in the cache: by role, path in the repository -> path here."""
        paths = [path for of_role in files.values() for path in of_role]
        _log.info("%s: %d files at commit %s", self.name, len(paths), self.commit)
        folder = self._download([glob.escape(path) for path in paths])
        for path in paths:
            if not (folder / path).is_file():
                raise self._missing(f"The file {path} is missing.")
        return {role: {path: folder / path for path in of_role} for role, of_role in files.items()}

    def _download(self, patterns: list[str]) -> Path:
        revision = self.commit or self.revision
        with self._explained(), _quiet():
            return Path(
                snapshot_download(
                    self.name, repo_type="dataset", revision=revision, allow_patterns=patterns
                )
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors of the Hub's library in words that say what to do."""
        try:
            yield
        except hub_errors.IncompleteSnapshotError as error:
            raise self._missing(f"The cache is not whole: {_first_line(error)}") from None
        except hub_errors.LocalEntryNotFoundError as error:
            raise self._missing(self._reason_of(error.__cause__)) from None
        except (OSError, HTTPError) as error:
            raise self._missing(self._reason_of(error)) from None

    def _reason_of(self, error: BaseException | None) -> str:
        if error is None or isinstance(error, hub_errors.OfflineModeIsEnabled):
            return "It is not in the cache, or not all of it."
        if isinstance(error, hub_errors.GatedRepoError):
            return (
                f"Its owner asks for consent: give it on {endpoint()}/datasets/{self.name}, and "
                "set HF_TOKEN to a token of yours."
            )
        if isinstance(error, hub_errors.RevisionNotFoundError):
            return f"It has no revision `{self.revision}`."
        status = error.response.status_code if isinstance(error, hub_errors.HfHubHTTPError) else 0
        if status == 401 and get_token() is not None:
            return "The Hub knows no such dataset, or does not take the token in HF_TOKEN for it."
        if status in (401, 404):
            return (
                "The Hub knows no such dataset, or it is private and HF_TOKEN is not set to a "
                f"token that may read it. Look the name up on {endpoint()}/datasets."
            )
        if isinstance(error, HTTPError):
            return f"The Hub cannot be reached: {_first_line(error)}"
        return f"It cannot be fetched: {_first_line(error)}"

    def _missing(self, what: str) -> BadDataError:
        at = f" --revision {self.revision}" if self.revision else ""
        return BadDataError(
            self.place,
            f"{self._reason}{what} It was looked for {looked_in()}. What helps where the Hub is "
            f"out of reach: `hf download {self.name} --repo-type dataset{at}` elsewhere, its cache "
            "copied here and HF_HUB_OFFLINE=1; the address of a mirror in HF_ENDPOINT; or files "
            "that you have fetched yourself, with `source: file` and `data: {file: ...}`.",
        )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave progress bars, warnings and single requests out of the log."""
    bars, verbosity = not are_progress_bars_disabled(), hub_logging.get_verbosity()
    requests = logging.getLogger("httpx2")
    level = requests.level
    disable_progress_bars()
    hub_logging.set_verbosity(logging.ERROR)
    requests.setLevel(logging.WARNING)
    try:
        yield
    finally:
        requests.setLevel(level)
        hub_logging.set_verbosity(verbosity)
        if bars:
            enable_progress_bars()
