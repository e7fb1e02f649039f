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
class DataLink:
    """A data file as a page links it.

    Attributes:
        href: relative to the page.
        file: its name.
        run: name of the job, such as ``validate small/seed0``; empty if no record names it.
        run_href: the run in MLflow's UI; empty until the tracker has sent it.
    """

    href: str
    file: str
    run: str = ""
    run_href: str = ""


class DataLinks:
    """The data files that one page links, and their runs.

    Args:
        output: the page.
    """

    def __init__(self, output: StrPath) -> None:
        self._folder = Path(output).parent
        self._links: dict[Path, DataLink] = {}

    def path_to(self, path: StrPath) -> str:
        """A link from the page to a file."""
        return Path(os.path.relpath(path, self._folder)).as_posix()

    def __call__(self, path: StrPath) -> DataLink:
        """The link that stands below a figure."""
        path = Path(path)
        if path not in self._links:
            # Records name files relative to the working directory.
            recorded = recorded_path(path)
            made = None if recorded.is_absolute() else recorded_file(recorded)
            self._links[path] = DataLink(
                self.path_to(path),
                path.name,
                made.start["name"] if made else "",
                find_run_link(made) if made else "",
            )
        return self._links[path]


def find_run_link(made: RecordedFile) -> str:
    """The address of a job's run in MLflow's UI; empty if the tracker has not noted it."""
    identity = made.start["tags"].get("invocation")
    if identity is None:
        return ""
    try:
        state = read_json(state_path(invocation_path(identity)))
        run = state["runs"][made.start["id"]]
    except (OSError, ValueError, KeyError):
        return ""
    return f"{_ui_address()}/#/experiments/{state['experiment_id']}/runs/{run}"


def _ui_address() -> str:
    """The address of the MLflow UI, without any password."""
    store = urlsplit(os.environ.get("MLFLOW_TRACKING_URI", ""))
    if store.scheme not in ("http", "https"):
        return LOCAL_UI
    return f"{store.scheme}://{store.netloc.rpartition('@')[2]}{store.path.rstrip('/')}"
