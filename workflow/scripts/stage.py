"""The script of every rule: runs the job of the rule's stage, see vitrine/stages."""

from vitrine.stages.job import run_job

run_job(snakemake)
