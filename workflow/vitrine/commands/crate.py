"""Pack report, configuration, digests and runs as an RO-Crate, a folder that describes itself.

See Soiland-Reyes et al. 2022, "Packaging research artefacts with RO-Crate".
"""

import argparse
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from vitrine.report.pages.provenance import edges, runs
from vitrine.tracking.outputs import RecordedFile, all_recorded_files
from vitrine.tracking.paths import RESULTS

LIBRARY = Path(__file__).parents[3]
ENVIRONMENT = ("requirements.txt", "constraints.txt", "environment.yml", "LICENSE", "CITATION.cff")
MEDIA = {
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("folder", type=Path, help="the folder to write; replaced if it exists")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    return crate(options.folder)


def crate(folder: Path) -> int:
    """Write the crate of the results in the working directory; returns the exit status.

    It contains the report, the configuration, the environment, the graph of the stages, digests of
    every recorded file, and one action per run with its time and code. It does not contain the
    results; the digests tell whether a copy of them is the same.

    Args:
        folder: the crate; replaced if it exists.
    """
    report = RESULTS / "report"
    if not (report / "index.html").exists():
        print(f"There is no {report / 'index.html'} yet: make run")
        return 1
    package = ROCrate()
    package.name = "Vitrine: a run"
    package.description = "Transformers, what they attend to, and which explanations hold."
    package.license = "https://spdx.org/licenses/MIT"
    workflow = package.add_workflow(LIBRARY / "Snakefile", "Snakefile", main=True, lang="snakemake")
    _add_files(package, report)
    digests = {
        file.path.as_posix(): {"bytes": file.size, "sha256": file.digest}
        for file in all_recorded_files()
    }
    files = runs(RESULTS)
    stages = sorted({file.start["stage"] for file in files})
    graph = {"stages": stages, "reads": sorted(edges(files))}
    _add_json(package, "graph.json", "Stages, and which reads the files of which", graph)
    _add_json(
        package,
        "digests.json",
        "Size and SHA-256 of every recorded file",
        dict(sorted(digests.items())),
    )
    for file in files:
        package.add(_action(package, file, workflow.id))
    shutil.rmtree(folder, ignore_errors=True)
    package.write(folder)
    print(f"{folder}: {len(list(report.iterdir()))} report files, {len(digests)} digests")
    return 0


def _add_files(package: ROCrate, report: Path) -> None:
    """Add the report, the files of the environment and the last configuration."""
    for path in sorted(path for path in report.rglob("*") if path.is_file()):
        if "records" not in path.relative_to(report).parts:
            media = {"encodingFormat": MEDIA.get(path.suffix, "application/octet-stream")}
            name = f"report/{path.relative_to(report).as_posix()}"
            package.add_file(path, name, properties=media)
    for name in ENVIRONMENT:
        package.add_file(LIBRARY / name, name)
    configuration = max((RESULTS / "records").glob("*.config.json"), default=None)
    if configuration is not None:
        properties = {"name": "Whole configuration"}
        package.add_file(configuration, "config.json", properties=properties)


def _add_json(package: ROCrate, name: str, description: str, content: object) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    package.add_file(io.StringIO(text), name, properties={"description": description})


def _action(package: ROCrate, file: RecordedFile, workflow: str) -> ContextEntity:
    """The run that made a file, as an action of schema.org."""
    start = file.start
    return ContextEntity(
        package,
        f"#{start['id']}",
        properties={
            "@type": "CreateAction",
            "name": start["name"],
            "instrument": {"@id": workflow},
            "startTime": _time(start["time"]),
            "endTime": _time(file.end["time"]),
            "description": " ".join(start["outputs"]),
            "identifier": start["tags"].get("code", ""),
        },
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
