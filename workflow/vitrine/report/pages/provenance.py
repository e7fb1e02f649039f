"""The provenance page: stages, runs, digests, versions and configuration, from the run records."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from vitrine.files import StrPath, read_json
from vitrine.report.parts.sources import Sources, run_link
from vitrine.report.shell import Site, write_page
from vitrine.report.text import wording
from vitrine.report.text.language import say, speaking
from vitrine.tracking.outputs import RecordedFile, recorded_files
from vitrine.tracking.paths import latest_records

BOX = (150, 40)  # of a stage in the graph
GAP = (60, 26)
# What a data sheet says of where the data come from, by source: a file has its digest alone.
ORIGIN = {"file": (), "hub": ("items", "commit")}
PACKAGED = ("package", "package_version")


def runs(root: StrPath) -> list[RecordedFile]:
    """The last finished attempt of every job below a folder, one of its files standing for each.

    In order of their start.
    """
    found = [files[0] for path in latest_records(root) if (files := recorded_files(path))]
    return sorted(found, key=lambda one: one.start["time"])


def time_spent(root: StrPath) -> list[dict[str, Any]]:
    """Jobs and seconds by stage, in order of first start."""
    stages: dict[str, dict[str, Any]] = {}
    for made in runs(root):
        row = stages.setdefault(
            made.start["stage"],
            {"stage": made.start["stage"], "jobs": 0, "cpu": 0.0, "wall": 0.0, "longest": 0.0},
        )
        row["jobs"] += 1
        row["cpu"] += made.end.get("cpu_seconds", 0.0)
        row["wall"] += made.end["wall_seconds"]
        row["longest"] = max(row["longest"], made.end["wall_seconds"])
    return list(stages.values())


def edges(found: list[RecordedFile]) -> set[tuple[str, str]]:
    """Pairs of stages of which the second reads what the first wrote."""
    maker = {path: one.start["stage"] for one in found for path in one.start["outputs"]}
    pairs = set()
    for one in found:
        stage = one.start["stage"]
        for path in one.start["inputs"]:
            other = maker.get(path)
            if other is not None and other != stage:
                pairs.add((other, stage))
    return pairs


def layered(pairs: set[tuple[str, str]], stages: list[str]) -> dict[str, int]:
    """The column of each stage: one more than the last of those that it reads from."""
    before = defaultdict(set)
    for first, second in pairs:
        before[second].add(first)
    columns: dict[str, int] = {}

    def column(stage: str, above: tuple[str, ...] = ()) -> int:
        if stage in above:
            return 0
        if stage not in columns:
            columns[stage] = 1 + max(
                (column(one, (*above, stage)) for one in before[stage]), default=-1
            )
        return columns[stage]

    for stage in stages:
        column(stage)
    return columns


def graph(found: list[RecordedFile]) -> dict[str, Any]:
    """Boxes and lines of the stage graph, without the lines that longer paths imply."""
    counts: dict[str, int] = defaultdict(int)
    for one in found:
        counts[one.start["stage"]] += 1
    pairs = edges(found)
    columns = layered(pairs, list(counts))
    shown = {pair for pair in pairs if not _implied(pair, pairs)}
    rows: dict[int, list[str]] = defaultdict(list)
    for stage in counts:
        rows[columns[stage]].append(stage)
    tallest = max((len(own) for own in rows.values()), default=0)
    width, height = BOX
    place = {
        stage: (
            column * (width + GAP[0]) + 4,
            (tallest - len(own)) * (height + GAP[1]) / 2 + i * (height + GAP[1]) + 4,
        )
        for column, own in rows.items()
        for i, stage in enumerate(own)
    }
    return {
        "width": (max(rows, default=0) + 1) * (width + GAP[0]) - GAP[0] + 8,
        "height": tallest * (height + GAP[1]) - GAP[1] + 8,
        "box": BOX,
        "boxes": [
            {"stage": stage, "jobs": counts[stage], "x": x, "y": y}
            for stage, (x, y) in place.items()
        ],
        "lines": [
            {
                "x1": place[first][0] + width,
                "y1": place[first][1] + height / 2,
                "x2": place[second][0] - 3,
                "y2": place[second][1] + height / 2,
            }
            for first, second in sorted(shown)
        ],
    }


def _implied(pair: tuple[str, str], pairs: set[tuple[str, str]]) -> bool:
    """Whether a longer path leads from the first to the second."""
    first, second = pair
    seen: set[str] = set()
    left = [other for start, other in pairs if start == first and other != second]
    while left:
        stage = left.pop()
        if stage == second:
            return True
        if stage not in seen:
            seen.add(stage)
            left += [other for start, other in pairs if start == stage]
    return False


def write_provenance(
    studies: Mapping[str, StrPath],
    output: Path,
    *,
    root: StrPath,
    config: Mapping[str, Any],
    site: Site,
) -> None:
    """Write the page.

    Args:
        studies: study to its folder ``results/<study>``.
        output: the HTML file.
        root: where the run records lie.
        config: the whole configuration.
        site: what the pages share.
    """
    found = runs(root)
    sources = Sources(output)
    last = found[-1].start if found else None
    with speaking(site.language):
        context = {
            "title": say("pages.provenance"),
            "graph": graph(found),
            "runs": [_run(made, sources) for made in found],
            "versions": last["versions"] if last else {},
            "tags": last["tags"] if last else {},
            "host": last["host"] if last else "",
            "data": list(_digests(studies)),
            "config": yaml.safe_dump(
                json.loads(json.dumps(config)), sort_keys=False, allow_unicode=True
            ),
        }
    write_page("provenance.html", output, context, site=site, page="provenance")


def _run(made: RecordedFile, sources: Sources) -> dict[str, Any]:
    labels = [str(value) for value in made.start["wildcards"].values()]
    return {
        "stage": made.start["stage"],
        "labels": " / ".join(labels),
        "wall": made.end["wall_seconds"],
        "code": made.start["tags"].get("code", ""),
        "record": sources.link(made.record),
        "href": run_link(made),
        "files": len(made.start["outputs"]),
    }


def _digests(studies: Mapping[str, StrPath]) -> Iterator[dict[str, Any]]:
    for study, folder in studies.items():
        sheet = read_json(Path(folder) / "data" / "datasheet.json")
        yield {
            "title": wording.study_title(study),
            "origin": " ".join(sheet[key] for key in ORIGIN.get(sheet["source"], PACKAGED)),
            "table": sheet["canonical_table"]["sha256"],
            "splits": {name: one["sha256"] for name, one in sheet["splits"].items()},
        }
