"""Snakemake, whose Slurm plugin looks every second whether jobs have ended.

After each look at which none has, it waits ten seconds longer, and no option says otherwise. Our
jobs do not even take that long.
"""

from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

SECONDS = 1

Executor.next_seconds_between_status_checks = property(lambda _: SECONDS, lambda *_: None)

if __name__ == "__main__":
    main()
