"""Models as files: safetensors for the weights, JSON for the architecture; nothing is unpickled."""

from dataclasses import asdict
from pathlib import Path

from safetensors.torch import load_file, save_file

from vitrine.files import atomic, read_json, write_json
from vitrine.models.transformer import Architecture, Transformer


def save_model(model: Transformer, weights: Path, architecture: Path) -> None:
    """Write a model's weights (safetensors) and architecture (JSON)."""
    write_json(architecture, asdict(model.shape))
    with atomic(weights) as temporary:
        save_file({name: tensor.cpu() for name, tensor in model.state_dict().items()}, temporary)


def load_model(weights: Path, architecture: Path) -> Transformer:
    """Read a model for inference on the CPU.

    Raises:
        RuntimeError: when the weights do not fit the architecture (torch names the tensors).
    """
    model = Transformer(Architecture(**read_json(architecture)))
    model.load_state_dict(load_file(weights))
    return model.eval()
