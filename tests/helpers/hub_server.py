"""A server that answers as the Hugging Face Hub does to those who list and fetch datasets."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

CONVERTED = "refs/convert/parquet"


def commit_of(files: dict[str, bytes]) -> str:
    """40 hexadecimal digits that stand for these files."""
    digest = hashlib.sha1()
    for path, content in sorted(files.items()):
        digest.update(path.encode() + b"\0" + content)
    return digest.hexdigest()


@dataclass
class Hub:
    """What the server has, and what it was asked.

    Attributes:
        datasets: name -> branch -> path -> content.
        token: what private datasets need.
        private: names of datasets that only the token may read.
        gated: names of datasets whose owner has not consented.
        asked: method, path and token of each request, in order.
        address: of the server.
    """

    datasets: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    token: str = "hf_of_the_tests"
    private: set[str] = field(default_factory=set)
    gated: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    address: str = ""

    def put(self, name: str, files: dict[str, bytes | str], branch: str = "main") -> str:
        """Replace a branch; returns its commit."""
        whole = {
            path: content.encode() if isinstance(content, str) else content
            for path, content in files.items()
        }
        branches = self.datasets.setdefault(name, {})
        branches[branch] = whole
        commit = commit_of(whole)
        branches[commit] = whole
        return commit

    def paths(self, method: str) -> list[str]:
        """The paths that were asked for with a method."""
        return [path for asked, path, _ in self.asked if asked == method]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _answer(self) -> None:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        self.hub.asked.append((self.command, self.path, token))
        parts = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        if parts[0] == "store":
            self._send(self._stored(parts[1]), 200, {"ETag": f'"{parts[1]}"'})
        elif parts[0] == "api":
            self._list(parts[2:], token)
        else:
            self._resolve(parts[1:], token)

    def _stored(self, digest: str) -> bytes:
        return next(
            content
            for branches in self.hub.datasets.values()
            for files in branches.values()
            for content in files.values()
            if hashlib.sha256(content).hexdigest() == digest
        )

    def _files(self, name: str, revision: str, token: str | None) -> dict[str, bytes] | None:
        """The files of a revision; without any an error is sent, as the Hub words it."""
        branches = self.hub.datasets.get(name)
        if branches is None or (name in self.hub.private and token != self.hub.token):
            invalid = "Invalid credentials in Authorization header"
            self._send(b"{}", 401, {"X-Error-Message": invalid} if token else {})
        elif name in self.hub.gated:
            self._send(b"{}", 403, {"X-Error-Code": "GatedRepo"})
        elif revision not in branches:
            self._send(b"{}", 404, {"X-Error-Code": "RevisionNotFound"})
        else:
            return branches[revision]
        return None

    def _list(self, parts: list[str], token: str | None) -> None:
        kinds = [place for place, part in enumerate(parts) if part in ("revision", "tree")]
        end = kinds[0] if kinds else len(parts)
        name = "/".join(parts[:end])
        revision = parts[end + 1] if kinds else "main"
        files = self._files(name, revision, token)
        if files is None:
            return
        if kinds and parts[end] == "tree":
            self._send(json.dumps([_entry(*file) for file in files.items()]).encode())
        else:
            self._send(json.dumps({"id": name, "sha": commit_of(files)}).encode())

    def _resolve(self, parts: list[str], token: str | None) -> None:
        place = parts.index("resolve")
        files = self._files("/".join(parts[:place]), parts[place + 1], token)
        if files is None:
            return
        content = files["/".join(parts[place + 2 :])]
        commit = {"X-Repo-Commit": commit_of(files)}
        if not _is_large(content):
            self._send(content, 200, {"ETag": f'"{_blob(content)}"', **commit})
            return
        # Large files lie elsewhere, where nobody should send a token.
        digest = hashlib.sha256(content).hexdigest()
        elsewhere = self.hub.address.replace("127.0.0.1", "localhost")
        headers = {
            "Location": f"{elsewhere}/store/{digest}",
            "X-Linked-Etag": f'"{digest}"',
            "X-Linked-Size": str(len(content)),
            **commit,
        }
        self._send(b"", 302, headers)

    def _send(
        self, content: bytes, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


def _is_large(content: bytes) -> bool:
    return content.startswith(b"PAR1")


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _entry(path: str, content: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "file",
        "path": path,
        "size": len(content),
        "oid": _blob(content),
    }
    if _is_large(content):
        digest = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 130}
    return entry


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve it on a port of this machine."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
