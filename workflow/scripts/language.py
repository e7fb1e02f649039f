"""Train a small language model and export it to a folder of transformers."""

from pathlib import Path

from vitrine.models.machine import Machine
from vitrine.stages.language import train_member
from vitrine.tracking.job import job

with job(snakemake, "language") as record:
    train_member(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.output.model).parent,
        settings=snakemake.params.train,
        asked=snakemake.params.asked,
        machine=Machine.of(snakemake),
        record=record,
    )
