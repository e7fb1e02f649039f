"""Probe every layer of a study's models, and measure what context is worth."""

from pathlib import Path

from vitrine.models.machine import Machine
from vitrine.stages.depth import probe_depth
from vitrine.tracking.job import job

with job(snakemake, "depth") as record:
    folders = [Path(path).parent for path in snakemake.input.models]
    probe_depth(
        Path(snakemake.input.encoding).parent,
        [(one.parent.name, int(one.name.removeprefix("seed")), one) for one in folders],
        Path(snakemake.output.layers),
        Path(snakemake.output.context),
        instances=snakemake.params.instances,
        machine=Machine.of(snakemake),
        record=record,
    )
