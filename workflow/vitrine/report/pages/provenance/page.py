"""Writing the page on provenance, from the run records."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from vitrine.files import read_json
from vitrine.report.page import PageContext
from vitrine.report.pages.provenance.graph import lay_out_stages
from vitrine.report.parts.jobs import result_jobs
from vitrine.report.parts.links import DataLinks, find_run_link
from vitrine.report.shell import write_page
from vitrine.report.text import wording
from vitrine.report.text.language import say, use_language
from vitrine.tracking.outputs import RecordedFile

# What a data sheet says of where the data come from, by source: a file has its digest alone.
ORIGIN: dict[str, tuple[str, ...]] = {"file": (), "hub": ("items", "commit")}
PACKAGED = ("package", "package_version")


def write(outputs: Mapping[str, Path], context: PageContext) -> None:
    """Write the page.

    Args:
        outputs: ``page``.
        context: of the page; it holds the whole configuration.
    """
    jobs = result_jobs(context.root)
    links = DataLinks(outputs["page"])
    last = jobs[-1].start if jobs else None
    with use_language(context.site.language):
        sections = {
            "title": say("pages.provenance"),
            "graph": lay_out_stages(jobs),
            "runs": [_describe_job(job, links) for job in jobs],
            "versions": last["versions"] if last else {},
            "tags": last["tags"] if last else {},
            "host": last["host"] if last else "",
            "data": list(_read_digests(context.study_folders)),
            "config": yaml.safe_dump(
                json.loads(json.dumps(context.config)), sort_keys=False, allow_unicode=True
            ),
        }
    write_page(outputs["page"], sections, site=context.site, page="provenance")


def _describe_job(job: RecordedFile, links: DataLinks) -> dict[str, Any]:
    labels = [str(value) for value in job.start["wildcards"].values()]
    return {
        "stage": job.start["stage"],
        "labels": " / ".join(labels),
        "wall": job.end["wall_seconds"],
        "code": job.start["tags"].get("code", ""),
        "record": links.path_to(job.record),
        "href": find_run_link(job),
        "files": len(job.start["outputs"]),
    }


def _read_digests(folders: Mapping[str, Path]) -> Iterator[dict[str, Any]]:
    for study, folder in folders.items():
        sheet = read_json(folder / "data" / "datasheet.json")
        yield {
            "title": wording.study_title(study),
            "origin": " ".join(sheet[key] for key in ORIGIN.get(sheet["source"], PACKAGED)),
            "table": sheet["canonical_table"]["sha256"],
            "splits": {name: split["sha256"] for name, split in sheet["splits"].items()},
        }
