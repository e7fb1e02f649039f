"""What a job computes on: threads of the CPU, and the GPUs that it was given."""

import logging
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch

from vitrine.models.gpus import VISIBLE, acquire
from vitrine.models.usage import Usage, usage

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Machine:
    """The share of a computer that a job may use.

    Attributes:
        threads: of torch on the CPU.
        gpus: how many GPUs the scheduler gave to the job.
        required: whether to fail where there is none, instead of using the CPU.
    """

    threads: int = 1
    gpus: int = 0
    required: bool = False

    @classmethod
    def of(cls, snakemake: Any) -> "Machine":
        """From threads, resources and ``device`` of a ``snakemake`` object."""
        return cls(
            threads=snakemake.threads,
            gpus=snakemake.resources.get("gpu") or 0,
            required=snakemake.config["device"] == "cuda",
        )

    def device(self) -> torch.device:
        """Choose a device, and hide other GPUs from this process; call it once, first.

        Raises:
            RuntimeError: a GPU is required, and there is none or torch cannot use it.
        """
        torch.set_num_threads(self.threads)
        acquired = acquire(self.gpus) if self.gpus else []
        if acquired and torch.cuda.is_available():
            log.info("on GPU %s", ", ".join(acquired))
            return torch.device("cuda")
        if self.required:
            raise RuntimeError(
                "`device: cuda` asks for a GPU, and "
                + (
                    "this build of torch cannot use the one that is here"
                    if acquired
                    else "this machine shows none"
                    if self.gpus
                    else "the scheduler gave this job none"
                )
                + "; `device: auto` would use the CPU"
            )
        return torch.device("cpu")

    def watched(self) -> AbstractContextManager[Usage]:
        """Sample how busy this job's GPUs are; see `vitrine.models.usage`."""
        return usage(os.environ.get(VISIBLE) if self.gpus else None)
