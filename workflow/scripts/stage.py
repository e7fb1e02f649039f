"""The script of every rule: runs the job of the rule's stage, see vitrine/stages."""

from typing import TYPE_CHECKING

from vitrine.stages.job import run_job

if TYPE_CHECKING:
    from snakemake.script import snakemake

run_job(snakemake)
