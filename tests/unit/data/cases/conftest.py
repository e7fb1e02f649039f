"""Every test works in an empty project."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty project, in which the test works."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
