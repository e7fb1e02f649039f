"""``vitrine crate``: the last run as an RO-Crate, a folder that says what everything in it is.

See Soiland-Reyes et al. 2022, "Packaging research artefacts with RO-Crate".
"""

import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from vitrine.report.parts.jobs import finished_jobs, stage_edges
from vitrine.tracking.outputs import RESULTS, all_files

LIBRARY = Path(__file__).parents[3]
ENVIRONMENT = ("requirements.txt", "constraints.txt", "environment.yml", "LICENSE", "CITATION.cff")
MEDIA = {
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


def crate(folder: Path) -> int:
    """Write the crate of the results in the working directory; returns the exit status.

    It holds the report, the configuration, the environment, the graph of the stages, digests of
    every recorded file, and one action per run with its time and code. The results themselves stay
    where they are: the digests say whether what one has is the same.

    Args:
        folder: the crate, made anew.
    """
    report = RESULTS / "report"
    if not (report / "index.html").exists():
        print(f"There is no {report / 'index.html'} yet: make run")
        return 1
    made = ROCrate()
    made.name = "Vitrine: a run"
    made.description = "Transformers, what they attend to, and which explanations hold."
    made.license = "https://spdx.org/licenses/MIT"
    workflow = made.add_workflow(LIBRARY / "Snakefile", "Snakefile", main=True, lang="snakemake")
    for path in sorted(path for path in report.rglob("*") if path.is_file()):
        if "records" not in path.relative_to(report).parts:
            kind = {"encodingFormat": MEDIA.get(path.suffix, "application/octet-stream")}
            made.add_file(path, f"report/{path.relative_to(report).as_posix()}", properties=kind)
    for name in ENVIRONMENT:
        made.add_file(LIBRARY / name, name)
    configuration = max((RESULTS / "records").glob("*.config.json"), default=None)
    if configuration is not None:
        made.add_file(configuration, "config.json", properties={"name": "Whole configuration"})
    found = finished_jobs(RESULTS)
    stages = sorted({one.start["stage"] for one in found})
    graph = {"stages": stages, "reads": sorted(stage_edges(found))}
    digests = {
        one.path.as_posix(): {"bytes": one.size, "sha256": one.digest} for one in all_files()
    }
    with_names = (
        ("graph.json", "Stages, and which reads the files of which", graph),
        ("digests.json", "Size and SHA-256 of every recorded file", dict(sorted(digests.items()))),
    )
    for name, description, content in with_names:
        text = json.dumps(content, indent=1, ensure_ascii=False)
        made.add_file(io.StringIO(text), name, properties={"description": description})
    for one in found:
        made.add(
            ContextEntity(
                made,
                f"#{one.start['id']}",
                properties={
                    "@type": "CreateAction",
                    "name": one.start["name"],
                    "instrument": {"@id": workflow.id},
                    "startTime": _time(one.start["time"]),
                    "endTime": _time(one.end["time"]),
                    "description": " ".join(one.start["outputs"]),
                    "identifier": one.start["tags"].get("code", ""),
                },
            )
        )
    shutil.rmtree(folder, ignore_errors=True)
    made.write(folder)
    print(f"{folder}: {len(list(report.iterdir()))} report files, {len(digests)} digests")
    return 0


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
