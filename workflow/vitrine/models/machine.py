"""What a job computes on: processor threads, and the graphics cards that it was given."""

import logging
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch

from vitrine.models.cards import VISIBLE, take
from vitrine.models.usage import Usage, usage

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Machine:
    """The share of a computer that a job may use.

    Attributes:
        threads: of torch on the processor.
        cards: how many graphics cards the scheduler gave to the job.
        required: whether to fail where there is none, instead of using the processor.
    """

    threads: int = 1
    cards: int = 0
    required: bool = False

    @classmethod
    def of(cls, snakemake: Any) -> "Machine":
        """From threads, resources and ``device`` of a ``snakemake`` object."""
        return cls(
            threads=snakemake.threads,
            cards=snakemake.resources.get("gpu") or 0,
            required=snakemake.config["device"] == "cuda",
        )

    def device(self) -> torch.device:
        """Settle on a device, and let this process see no other card; call it once, first.

        Raises:
            RuntimeError: a card is required, and there is none or torch cannot use it.
        """
        torch.set_num_threads(self.threads)
        taken = take(self.cards) if self.cards else []
        if taken and torch.cuda.is_available():
            log.info("on graphics card %s", ", ".join(taken))
            return torch.device("cuda")
        if self.required:
            raise RuntimeError(
                "`device: cuda` asks for a graphics card, and "
                + (
                    "this build of torch cannot use the one that is here"
                    if taken
                    else "this machine shows none"
                    if self.cards
                    else "the scheduler gave this job none"
                )
                + "; `device: auto` would use the processor"
            )
        return torch.device("cpu")

    def watched(self) -> AbstractContextManager[Usage]:
        """Sample how busy this job's cards are; see `vitrine.models.usage`."""
        return usage(os.environ.get(VISIBLE) if self.cards else None)
