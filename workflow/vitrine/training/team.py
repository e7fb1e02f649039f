"""The processes that train one model together, each on its share of every batch.

PyTorch's distributed data parallel averages the gradients of its processes; with the right weights
that is the gradient of the whole batch, whatever the number of processes.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

T = TypeVar("T")

# While the first process judges an epoch the others wait for it.
_PATIENCE = timedelta(hours=2)


@dataclass(frozen=True)
class Team:
    """One process's place among those that train a model.

    Attributes:
        rank: number of this process; the first, 0, judges and writes.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def joined(cls, device: str) -> "Team":
        """Meet the other processes that ``torchrun`` has started. ``device``: "cuda" or "cpu"."""
        backend = "nccl" if device == "cuda" else "gloo"
        distributed.init_process_group(backend, timeout=_PATIENCE)
        return cls(distributed.get_rank(), distributed.get_world_size())

    def share(self, rows: int) -> Tensor:
        """The rows of a batch that are this process's: int64, none twice, none left out."""
        return torch.arange(self.rank, rows, self.size)

    def wrapped(self, module: nn.Module) -> nn.Module:
        """The module; its gradients are averaged over all processes."""
        return module if self.size == 1 else DistributedDataParallel(module)

    def told(self, value: T) -> T:
        """What the first process says."""
        if self.size == 1:
            return value
        said = [value]
        distributed.broadcast_object_list(said)
        return said[0]

    def mean(self, value: float, device: torch.device) -> float:
        """The mean over all processes."""
        if self.size == 1:
            return value
        total = torch.tensor([value], dtype=torch.float64, device=device)
        distributed.all_reduce(total)
        return float(total) / self.size


def local_rank() -> int:
    """Number of this process among those on its machine, as ``torchrun`` says."""
    return int(os.environ["LOCAL_RANK"])
