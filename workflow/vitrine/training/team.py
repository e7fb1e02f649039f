"""The processes that train one model together, each on its share of every batch.

PyTorch's distributed data parallel averages the gradients of its processes. With the right weights
this average is the gradient of the whole batch, whatever the number of processes.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

T = TypeVar("T")

# While the first process validates an epoch the others wait for it.
_PATIENCE = timedelta(hours=2)

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Team:
    """One process's position among those that train a model, and its device.

    Attributes:
        rank: number of this process; the first, 0, validates and writes.
        size: number of processes.
        device: where this process trains.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = CPU

    @classmethod
    def join(cls, device: torch.device = CPU) -> "Team":
        """Connect to the other processes that ``torchrun`` has started."""
        backend = "nccl" if device.type == "cuda" else "gloo"
        distributed.init_process_group(backend, timeout=_PATIENCE)
        return cls(distributed.get_rank(), distributed.get_world_size(), device)

    def share(self, rows: int) -> Tensor:
        """The rows of a batch for this process, int64; the processes partition the batch."""
        return torch.arange(self.rank, rows, self.size)

    def wrapped(self, module: nn.Module) -> nn.Module:
        """The module; its gradients are averaged over all processes."""
        return module if self.size == 1 else DistributedDataParallel(module)

    def broadcast(self, value: T) -> T:
        """The value of the first process."""
        if self.size == 1:
            return value
        values = [value]
        distributed.broadcast_object_list(values)
        return values[0]

    def mean(self, value: float) -> float:
        """The mean over all processes."""
        if self.size == 1:
            return value
        total = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.all_reduce(total)
        return float(total) / self.size


def local_rank() -> int:
    """Number of this process among those on its machine, set by ``torchrun``."""
    return int(os.environ["LOCAL_RANK"])
