"""The versions and the commit that a result depends on beside its data and parameters."""

import functools
import importlib.metadata
import platform
import subprocess
from pathlib import Path

# Looked up by their metadata; nothing is imported.
_PACKAGES = ("mlflow", "numpy", "pandas", "scikit-learn", "snakemake", "torch")


def versions() -> dict[str, str]:
    """Versions of Python and of packages, and the kind of machine."""
    collected = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
    }
    for package in _PACKAGES:
        try:
            collected[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return collected


@functools.cache
def _processor() -> str:
    """The processor's name; the last digits of floating-point numbers can depend on it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def git_tags() -> dict[str, str]:
    """The commit of the code and whether files differ from it; empty outside a git repository."""

    def git(*arguments: str) -> str:
        process = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
        return process.stdout.strip()

    try:
        commit = git("rev-parse", "--verify", "HEAD")
        return {"git.commit": commit, "git.dirty": str(bool(git("status", "--porcelain"))).lower()}
    except (OSError, subprocess.SubprocessError):
        return {}
