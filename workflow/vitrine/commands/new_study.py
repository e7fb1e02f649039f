"""Look at your own data, in files or on the Hugging Face Hub, and propose a study.

Prints what is in the data and writes config/NAME.yaml, which a run accepts.
"""

import argparse
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from vitrine.config.names import RESERVED
from vitrine.config.schema import NAMES
from vitrine.data.domains.registry import DOMAINS
from vitrine.data.proposing.propose import propose
from vitrine.data.proposing.wishes import Wishes
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.dates import ORDERS
from vitrine.data.readers.form import Form

_OPTIONS = {
    "label": "the column of the class",
    "text": "the column of the texts; makes it a study of texts",
    "user": "the column of the users of histories",
    "item": "the column of the items of histories",
    "time": "the column of the times of histories",
    "encoding": "the encoding of a CSV or TSV file, such as windows-1252",
    "separator": "the character between the cells of a CSV or TSV file",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("name", help="the name of the study")
    parser.add_argument(
        "data",
        type=Path,
        help="a file, a folder with a folder of images per class, or hub:owner/name, a dataset on "
        "the Hugging Face Hub, followed by :subset if it has several",
    )
    parser.add_argument("--domain", choices=[*DOMAINS], help="what a row of the data is")
    for name, text in _OPTIONS.items():
        parser.add_argument(f"--{name}", metavar=name.upper(), help=text)
    parser.add_argument(
        "--quotes", choices=["double", "backslash", "none"], help="how a quote is written in a cell"
    )
    parser.add_argument("--decimal", choices=[".", ","], help="the decimal mark of numbers")
    parser.add_argument("--dates", choices=[*ORDERS], help="the order of dates where both fit")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    # The Makefile hands over what is not set as an empty text.
    given = {key: value or None for key, value in vars(options).items()}
    form = Form(given["encoding"], given["separator"], given["quotes"])
    names = ("domain", "label", "text", "user", "item", "time", "decimal", "dates")
    wishes = Wishes(**{name: given[name] for name in names}, form=form)
    return new_study(options.name, options.data, wishes)


def new_study(name: str, path: Path, wishes: Wishes) -> int:
    """Print what is in the data, and write ``config/<name>.yaml``.

    Returns:
        The exit status: 0, or 2 if the name or the data cannot be used.
    """
    target = Path("config") / f"{name}.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name) or name in RESERVED:
        print(f"`{name}` cannot be a study's name: {NAMES}, no stage or method.", file=sys.stderr)
        return 2
    if target.exists():
        print(f"{target} exists already; remove it or choose another name.", file=sys.stderr)
        return 2
    try:
        with _quiet():
            proposal = propose(path, wishes)
    except (BadDataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for sentence in proposal.findings:
        print(f"- {sentence}")
    content = {"studies": [name], "definitions": {name: proposal.study}}
    target.parent.mkdir(exist_ok=True)
    header = "# Proposed for your data; docs/configuration.md explains every key.\n"
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=False)
    target.write_text(header + text, encoding="utf-8")
    print(f"\nWritten: {target}. Look at it, then: snakemake --cores 8 --configfile {target}")
    return 0


@contextmanager
def _quiet() -> Iterator[None]:
    """Log nothing for a while: what the reading of a run would log is among the findings."""
    logger = logging.getLogger("vitrine")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
