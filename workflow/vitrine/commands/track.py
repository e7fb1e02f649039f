"""``vitrine track``: fill the tracking store from the records and say what was done."""

import logging
import os
import sys

from vitrine.tracking.invocation import MLFLOW_SETTINGS


def track() -> int:
    """Send everything that the store lacks; returns the exit status."""
    for name, value in MLFLOW_SETTINGS.items():
        os.environ.setdefault(name, value)
    # After the settings, which MLflow reads when it is imported.
    from vitrine.tracking.refill import refill
    from vitrine.tracking.store import Store, StoreUnavailableError

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        done = refill(Store())
    except StoreUnavailableError as error:
        print(f"MLflow cannot take the records now: {error}", file=sys.stderr)
        print("Nothing is lost; run this again when it answers.", file=sys.stderr)
        return 1
    print(f"{done.sent} runs sent, {done.present} were there already", end="")
    print(f", {done.running} still running" if done.running else "", end="")
    print(f", {done.ghosts} closed whose process was gone" if done.ghosts else "")
    for path in done.unreadable:
        print(f"left out: {path} is not a whole record")
    for identity in done.elsewhere:
        print(f"left alone: invocation {identity} is being tracked")
    return 0
