"""Write the measured numbers of a run into the documents.

The numbers go to docs/measured.json, with the commit and the day of the results, and from there
into the marked blocks of docs/*.md and README*.md. Numbers of other kinds of runs stay.
"""

import argparse
import sys
from pathlib import Path

_KINDS = {
    "default": "the studies of `make run`",
    "family": "the language models of config/family.yaml",
    "pretrained": "the study of config/pretrained.yaml",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    kinds = "; ".join(f"{kind}: {meaning}" for kind, meaning in _KINDS.items())
    parser.add_argument("kind", choices=_KINDS, help=f"what was run. {kinds}")
    parser.add_argument("results", type=Path, help="its folder of results")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from vitrine.data.readers.bad import BadDataError
    from vitrine.report.measured.documents import NUMBERS, store, updated_documents

    root = Path.cwd()
    try:
        store(options.kind, options.results, root)
        documents = list(updated_documents(root))
    except BadDataError as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in documents:
        path.write_text(text, encoding="utf-8")
    written = ", ".join(str(path.relative_to(root)) for path, _ in documents)
    print(f"Written: {NUMBERS}, {written}.")
    return 0
