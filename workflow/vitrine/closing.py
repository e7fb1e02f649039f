"""What a run says last: where the report is, how to browse the runs, and the headline numbers."""

from pathlib import Path

from vitrine.files import read_json
from vitrine.tracking.invocation import Tracked

REPORT = Path("results/report")


def closing_words(tracked: Tracked | None) -> str:
    """The last lines of a successful run in the working directory.

    Args:
        tracked: what became of the invocation's MLflow run; None when there was none.
    """
    lines = [""]
    headline = REPORT / "headline.json"
    if headline.exists():
        for one in read_json(headline)["studies"]:
            lines += [
                f"{one['title']} ({one['model']}): {one['sentence']}",
                f"    {one['faithful_sentence']}",
            ]
    index = REPORT / "index.html"
    if index.exists():
        lines.append(f"Report: {index}")
    lines.append("Runs:   make ui (or: mlflow ui), then http://127.0.0.1:5000")
    if tracked is not None and tracked.page is not None:
        lines[-1] += f"/{tracked.page}"
    if tracked is not None and not tracked.complete:
        lines.append(
            "Not all of this run has reached MLflow; the records in results are whole. "
            "See logs/tracker.log."
        )
    return "\n".join(lines)
