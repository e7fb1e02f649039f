"""What docs/clusters.md promises of the container image, read from the Dockerfile."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text()
STEPS = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n", " ", TEXT).splitlines()
    if line and not line.startswith("#")
]


def test_the_linter_finds_nothing():
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_base_is_an_argument_with_an_exact_default():
    assert STEPS[0][0] == "ARG"
    assert re.fullmatch(r"BASE=python:3\.11\.\d+-slim-\w+", STEPS[0][1])
    assert STEPS[1] == ["FROM", "${BASE}"]


def test_everything_installed_is_pinned():
    installs = [words for step, words in STEPS if step == "RUN" and "pip install" in words]
    for command in " && ".join(installs).split("&&"):
        if "pip install" in command:
            assert re.search(r"-c \S*constraints.txt|-r \S*requirements.txt|--no-deps", command)


def test_it_runs_without_rights():
    (user,) = (words for step, words in STEPS if step == "USER")
    assert user not in ("root", "0")
    last = max(place for place, (step, _) in enumerate(STEPS) if step in ("RUN", "COPY"))
    assert STEPS.index(["USER", user]) > last


def test_whatever_is_copied_exists_and_is_sent():
    sent = (ROOT / ".dockerignore").read_text()
    copied = [words.split()[:-1] for step, words in STEPS if step == "COPY"]
    for name in {name for names in copied for name in names}:
        assert (ROOT / name).exists()
        assert f"!{name}\n" in sent
