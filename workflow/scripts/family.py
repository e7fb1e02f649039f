"""Find out what a language model of a family learns from its context."""

from pathlib import Path

from vitrine.models.machine import Machine
from vitrine.stages.family import study_member
from vitrine.tracking.job import job

with job(snakemake, "family") as record:
    study_member(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.output.facts).parent,
        settings=snakemake.params.model,
        asked=snakemake.params.asked,
        confidence=snakemake.params.confidence,
        machine=Machine.of(snakemake),
        record=record,
    )
