"""Training state on disk, as safetensors: a killed run goes on from its last whole epoch."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from vitrine.files import atomic


def save_checkpoint(
    path: Path,
    model: torch.nn.Module,
    average: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    best: dict[str, Tensor],
    facts: dict[str, Any],
) -> None:
    """Write weights, their average, optimizer moments, the best weights and JSON facts."""
    tensors = {f"model/{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"average/{name}": tensor for name, tensor in average.state_dict().items()}
    tensors |= {f"best/{name}": tensor for name, tensor in best.items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": tensor for name, tensor in state.items()}
    with atomic(path) as temporary:
        save_file(
            {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
            temporary,
            {"facts": json.dumps(facts), "digest": _digest(tensors)},
        )


def load_checkpoint(
    path: Path,
    model: torch.nn.Module,
    average: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    fingerprint: str,
) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Restore a checkpoint into ``model``, ``average`` and ``optimizer``.

    Returns:
        The best weights and the facts, or None when there is no checkpoint, it is damaged, or it
        was made by another configuration, code or data (its ``fingerprint`` differs).
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            notes = file.metadata()
            facts = json.loads(notes["facts"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        whole = notes["digest"] == _digest(tensors)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        return None
    if not whole or facts["fingerprint"] != fingerprint:
        return None
    parts: dict[str, dict[str, Tensor]] = {
        "model": {},
        "average": {},
        "best": {},
        "optimizer": {},
    }
    for name, tensor in tensors.items():
        part, rest = name.split("/", 1)
        parts[part][rest] = tensor
    model.load_state_dict(parts["model"])
    average.load_state_dict(parts["average"])
    states: dict[int, dict[str, Tensor]] = {}
    for name, tensor in parts["optimizer"].items():
        index, field = name.split("/")
        states.setdefault(int(index), {})[field] = tensor
    optimizer.load_state_dict(optimizer.state_dict() | {"state": states})
    return parts["best"], facts


def _digest(tensors: dict[str, Tensor]) -> str:
    """SHA-256 of names and values: safetensors itself would not notice a changed byte."""
    content = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        content.update(name.encode())
        content.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return content.hexdigest()
