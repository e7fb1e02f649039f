"""Whether existing results were made in another environment than this one."""

from collections import Counter, defaultdict

from vitrine.tracking.outputs import latest_records
from vitrine.tracking.record import read_ends, versions

# They carry the work out and leave no trace in the numbers.
_IRRELEVANT = frozenset({"mlflow", "snakemake"})


def differences() -> list[str]:
    """Say how the environments that made the results in this folder differ from the present one.

    Returns:
        One line for each difference, such as "numpy 2.3.0 made 12 results, here is 2.4.6 (e.g.
        results/...)", the most frequent first; empty when there is none.
    """
    here = versions()
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = defaultdict(str)
    for path in latest_records():
        start, _ = read_ends(path)
        if start is None or not start.get("outputs"):
            continue
        for name, version in start["versions"].items():
            if name not in _IRRELEVANT and name in here and here[name] != version:
                counts[name, version] += 1
                examples[name, version] = start["outputs"][0]
    return [
        f"{name} {version} made {count} of the results, here is {here[name]} "
        f"(e.g. {examples[name, version]})"
        for (name, version), count in counts.most_common()
    ]
