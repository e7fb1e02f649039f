"""Whether existing results were made in another environment than the present one."""

from collections import Counter, defaultdict

from vitrine.tracking.events import read_ends
from vitrine.tracking.paths import latest_records
from vitrine.tracking.versions import versions

# They run the jobs and do not influence the numbers.
_IRRELEVANT = frozenset({"mlflow", "snakemake"})


def differences() -> list[str]:
    """Say how the environments that made the results in this folder differ from the present one.

    Returns:
        One line for each difference, such as "numpy 2.3.0 made 12 of the results, here is 2.4.6
        (e.g. results/...)", the most frequent first; empty if there is none.
    """
    present = versions()
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = defaultdict(str)
    for path in latest_records():
        start, _ = read_ends(path)
        outputs = start.get("outputs") if start is not None else None
        if start is None or not outputs:
            continue
        for name, version in start["versions"].items():
            if name not in _IRRELEVANT and name in present and present[name] != version:
                counts[name, version] += 1
                examples[name, version] = outputs[0]
    return [
        f"{name} {version} made {count} of the results, here is {present[name]} "
        f"(e.g. {examples[name, version]})"
        for (name, version), count in counts.most_common()
    ]
