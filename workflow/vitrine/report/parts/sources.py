"""Where a figure comes from: the link to its data file and to the MLflow run that wrote it."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from vitrine.files import StrPath, read_json
from vitrine.tracking.outputs import RecordedFile, recorded_file
from vitrine.tracking.paths import invocation_path, recorded_path, state_path

LOCAL_UI = "http://127.0.0.1:5000"


@dataclass(frozen=True)
class Source:
    """A data file as a page links it.

    Attributes:
        href: relative to the page.
        file: its name.
        run: what the job is called, such as ``validate small/seed0``; empty if no record knows.
        run_href: the run in MLflow's UI; empty until the tracker has sent it.
    """

    href: str
    file: str
    run: str = ""
    run_href: str = ""


class Sources:
    """Sources of one page.

    Args:
        output: the page.
    """

    def __init__(self, output: StrPath) -> None:
        self._folder = Path(output).parent
        self._found: dict[Path, Source] = {}

    def link(self, path: StrPath) -> str:
        """A link from the page to a file."""
        return Path(os.path.relpath(path, self._folder)).as_posix()

    def __call__(self, path: StrPath) -> Source:
        """The source that a figure names."""
        path = Path(path)
        if path not in self._found:
            # Records name files relative to the working directory.
            own = recorded_path(path)
            made = None if own.is_absolute() else recorded_file(own)
            self._found[path] = Source(
                self.link(path),
                path.name,
                made.start["name"] if made else "",
                run_link(made) if made else "",
            )
        return self._found[path]


def run_link(made: RecordedFile) -> str:
    """The address of a job's run in MLflow's UI; empty if the tracker has not noted it."""
    identity = made.start["tags"].get("invocation")
    if identity is None:
        return ""
    try:
        state = read_json(state_path(invocation_path(identity)))
        run = state["runs"][made.start["id"]]
    except (OSError, ValueError, KeyError):
        return ""
    return f"{_ui()}/#/experiments/{state['experiment_id']}/runs/{run}"


def _ui() -> str:
    """The address of the MLflow UI, without any password."""
    store = urlsplit(os.environ.get("MLFLOW_TRACKING_URI", ""))
    if store.scheme not in ("http", "https"):
        return LOCAL_UI
    return f"{store.scheme}://{store.netloc.rpartition('@')[2]}{store.path.rstrip('/')}"
