"""Send to MLflow what it lacks of the run records.

Works on the records in results and on the store that MLFLOW_TRACKING_URI names (mlflow.db in the
working directory by default). Closes the records of processes that are gone. Sending twice changes
nothing.
"""

import argparse
import logging
import os
import sys

from vitrine.tracking.invocation import MLFLOW_SETTINGS


def add_arguments(_: argparse.ArgumentParser) -> None:
    """The command has no arguments."""


def run(_: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    return track()


def track() -> int:
    """Send everything that the store lacks; returns the exit status."""
    for name, value in MLFLOW_SETTINGS.items():
        os.environ.setdefault(name, value)
    # After the settings, which MLflow reads when it is imported.
    from vitrine.tracking.refill import refill
    from vitrine.tracking.store import Store, StoreUnavailableError

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        report = refill(Store())
    except StoreUnavailableError as error:
        print(f"MLflow cannot take the records now: {error}", file=sys.stderr)
        print("Nothing is lost; run this again when it answers.", file=sys.stderr)
        return 1
    print(f"{report.sent} runs sent, {report.present} were there already", end="")
    print(f", {report.running} still running" if report.running else "", end="")
    print(f", {report.abandoned} closed whose process was gone" if report.abandoned else "")
    for path in report.unreadable:
        print(f"left out: {path} is not a complete record")
    for identity in report.claimed:
        print(f"left out: another process sends the invocation {identity}")
    return 0
