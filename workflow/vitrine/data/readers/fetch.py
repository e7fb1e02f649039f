"""Fetching a file once, and knowing it by its content."""

import hashlib
import logging
import time
import urllib.error
import urllib.request
from pathlib import Path

from vitrine.data.readers.bad import BadDataError
from vitrine.files import atomic, files_below, sha256

_log = logging.getLogger(__name__)

ATTEMPTS = 4
_PAUSE_SECONDS = 1.0
_TIMEOUT_SECONDS = 30.0
_BLOCK_BYTES = 1 << 20
_REPORT_BYTES = 1 << 26


def fetch(path: Path, url: str | None, digest: str | None) -> str:
    """Have a file: as it is there, else from the web; and check what it is.

    Args:
        path: where it is or goes; a folder is taken as it is.
        url: an http or https address to fetch a missing file from.
        digest: the SHA-256 that the content must have; None takes any.

    Returns:
        SHA-256 of the content; of a folder, of the names and digests of the files below it.

    Raises:
        BadDataError: there is no file, it cannot be fetched, or it has another content.
    """
    if not path.exists():
        if url is None:
            raise BadDataError(path, "There is no such file or folder.")
        _download(path, url)
    found = sha256(path) if path.is_file() else _of_folder(path)
    if digest is not None and found != digest:
        raise BadDataError(
            path,
            f"The content has changed: SHA-256 {found}, expected {digest}. Put the right file "
            "there, or state the new digest in `data: sha256` if this one is wanted.",
        )
    return found


def _of_folder(path: Path) -> str:
    digest = hashlib.sha256()
    for file in files_below(path):
        digest.update(f"{Path(file).relative_to(path)} {sha256(file)}\n".encode())
    return digest.hexdigest()


def _download(path: Path, url: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with atomic(path) as temporary:
                _copy(url, temporary)
        except (OSError, urllib.error.URLError) as error:
            refused = isinstance(error, urllib.error.HTTPError) and error.code < 500
            if attempt == ATTEMPTS or refused:
                raise BadDataError(path, f"{url} cannot be fetched: {error}") from None
            _log.warning("%s: %s; attempt %d of %d", url, error, attempt + 1, ATTEMPTS)
            time.sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
        else:
            return


def _copy(url: str, target: Path) -> None:
    with (
        urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer,
        target.open("wb") as file,
    ):
        length = int(answer.headers.get("Content-Length") or 0)
        done = 0
        while block := answer.read(_BLOCK_BYTES):
            file.write(block)
            if done // _REPORT_BYTES != (done + len(block)) // _REPORT_BYTES:
                of = f" of {length / 1e6:,.0f}" if length else ""
                _log.info("fetched %s%s MB", f"{(done + len(block)) / 1e6:,.0f}", of)
            done += len(block)
        if length and done < length:
            raise OSError(f"the connection ended after {done:,} of {length:,} bytes")
