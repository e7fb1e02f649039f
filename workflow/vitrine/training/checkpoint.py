"""Training state on disk, as safetensors: a killed run resumes after its last whole epoch."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from vitrine.files import atomic

Weights = dict[str, Tensor]
Facts = dict[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """Where the training state is saved until training ends.

    Attributes:
        path: the file.
        fingerprint: of configuration, code and data; a state with another fingerprint is not
            resumed.
    """

    path: Path
    fingerprint: str

    def of(self, *settings: Any) -> "Checkpoint":
        """The checkpoint whose fingerprint depends on further settings, which must be JSON."""
        content = json.dumps([self.fingerprint, *settings])
        return replace(self, fingerprint=hashlib.sha256(content.encode()).hexdigest())

    def save(
        self,
        model: torch.nn.Module,
        average: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        best: Weights,
        facts: Facts,
    ) -> None:
        """Write weights, their average, optimizer moments, the best weights and JSON facts."""
        tensors = {f"model/{name}": tensor for name, tensor in model.state_dict().items()}
        tensors |= {f"average/{name}": tensor for name, tensor in average.state_dict().items()}
        tensors |= {f"best/{name}": tensor for name, tensor in best.items()}
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{index}/{name}": tensor for name, tensor in state.items()}
        facts = facts | {"fingerprint": self.fingerprint}
        with atomic(self.path) as temporary:
            save_file(
                {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
                temporary,
                {"facts": json.dumps(facts), "digest": _digest(tensors)},
            )

    def load(
        self,
        model: torch.nn.Module,
        average: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
    ) -> tuple[Weights, Facts] | None:
        """Restore the state into ``model``, ``average`` and ``optimizer``.

        Returns:
            The best weights and the facts, or None when there is no checkpoint, it is damaged, or
            it has another fingerprint.
        """
        content = self._read()
        if content is None:
            return None
        tensors, facts = content
        parts: dict[str, Weights] = {"model": {}, "average": {}, "best": {}, "optimizer": {}}
        for name, tensor in tensors.items():
            part, key = name.split("/", 1)
            parts[part][key] = tensor
        model.load_state_dict(parts["model"])
        average.load_state_dict(parts["average"])
        states: dict[int, Weights] = {}
        for name, tensor in parts["optimizer"].items():
            index, field = name.split("/")
            states.setdefault(int(index), {})[field] = tensor
        optimizer.load_state_dict(optimizer.state_dict() | {"state": states})
        return parts["best"], facts

    def remove(self) -> None:
        """Delete the file, if there is one."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> tuple[Weights, Facts] | None:
        """Tensors and facts; None without a whole file of this fingerprint."""
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                notes = file.metadata()
                facts = json.loads(notes["facts"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            whole = notes["digest"] == _digest(tensors)
        except (SafetensorError, OSError, ValueError, KeyError, TypeError):
            return None
        if not whole or facts["fingerprint"] != self.fingerprint:
            return None
        return tensors, facts


def _digest(tensors: Weights) -> str:
    """SHA-256 of names and values: safetensors itself would not notice a changed byte."""
    content = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        content.update(name.encode())
        content.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return content.hexdigest()
