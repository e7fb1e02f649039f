"""Fetching a file once, and checking its content."""

import hashlib
import logging
import time
from pathlib import Path

import pooch

from vitrine.data.readers.bad import BadDataError
from vitrine.files import files_below, sha256

_log = logging.getLogger(__name__)

ATTEMPTS = 4
_PAUSE_SECONDS = 1.0
_TIMEOUT_SECONDS = 30.0
_BLOCK_BYTES = 1 << 20
_REPORT_BYTES = 1 << 26
_READABLE = 0o644


def fetch(path: Path, url: str | None, digest: str | None) -> str:
    """Make sure that a file is there, from the web if need be, and check its content.

    Args:
        path: where it is or goes; a folder is taken as it is.
        url: an http or https address to fetch a missing file from.
        digest: the SHA-256 that the content must have; None takes any.

    Returns:
        SHA-256 of the content; of a folder, of the names and digests of the files below it.

    Raises:
        BadDataError: there is no file, it cannot be fetched or read, or it has another content.
    """
    if not path.exists():
        if url is None:
            raise BadDataError(path, "There is no such file or folder.")
        _download(path, url, digest)
    try:
        content = sha256(path) if path.is_file() else _of_folder(path)
    except OSError as error:
        raise BadDataError(
            error.filename or path, f"The file cannot be read: {error.strerror}."
        ) from None
    if digest is not None and content != digest:
        raise BadDataError(
            path,
            f"The content has changed: SHA-256 {content}, expected {digest}. Put the right file "
            "there, or state the new digest in `data: sha256` if this one is wanted.",
        )
    return content


def _of_folder(path: Path) -> str:
    digest = hashlib.sha256()
    for file in files_below(path):
        digest.update(f"{Path(file).relative_to(path)} {sha256(file)}\n".encode())
    return digest.hexdigest()


def _download(path: Path, url: str, digest: str | None) -> None:
    """Fetch a file; try again where the server or the connection fails."""
    # Its own lines about folders and digests would only repeat ours.
    pooch.get_logger().setLevel(logging.WARNING)
    for attempt in range(1, ATTEMPTS + 1):
        downloader = pooch.HTTPDownloader(
            progressbar=_Progress(),
            chunk_size=_BLOCK_BYTES,
            timeout=_TIMEOUT_SECONDS,
            # The file as it is, also where the server would compress it on the way.
            headers={"Accept-Encoding": "identity"},
        )
        try:
            # It writes a temporary file beside the path and moves it when it is whole and right.
            pooch.retrieve(
                url,
                known_hash=f"sha256:{digest}" if digest is not None else None,
                fname=path.name,
                path=path.parent,
                downloader=downloader,
            )
        except OSError as error:
            answer = getattr(error, "response", None)
            refused = answer is not None and answer.status_code < 500
            if attempt == ATTEMPTS or refused:
                raise BadDataError(path, f"{url} cannot be fetched: {error}") from None
            _log.warning("%s: %s; attempt %d of %d", url, error, attempt + 1, ATTEMPTS)
            time.sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
        except ValueError as error:
            raise BadDataError(
                path,
                f"{url} gave another file than expected, which is not kept: {error} Correct the "
                "address, or state the new digest in `data: sha256` if this file is wanted.",
            ) from None
        else:
            # Temporary files are for their owner alone.
            path.chmod(_READABLE)
            return


class _Progress:
    """Reports the progress of a download to the log, in the form that ``pooch`` asks for."""

    def __init__(self) -> None:
        self.total = 0
        self._done = 0
        self._ended = False

    def update(self, count: int) -> None:
        """Count further bytes."""
        if self._ended:
            return
        done = self._done + count
        if self._done // _REPORT_BYTES != done // _REPORT_BYTES:
            of = f" of {self.total / 1e6:,.0f}" if self.total else ""
            _log.info("fetched %s%s MB", f"{done / 1e6:,.0f}", of)
        self._done = done

    def reset(self) -> None:
        """Called at the end, before an update with the whole length."""
        self._ended = True

    def close(self) -> None:
        """Called at the end; there is nothing to close."""
