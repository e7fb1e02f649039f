"""Models as files: safetensors for the weights, JSON for the architecture; nothing is unpickled."""

from dataclasses import asdict
from pathlib import Path

from safetensors.torch import load_file, save_file

from vitrine.files import atomic, read_json, write_json
from vitrine.models.build import Shape, build
from vitrine.models.model import Model
from vitrine.models.pretrained.shape import PretrainedShape
from vitrine.models.transformer import Architecture


def save_model(model: Model, weights: Path, architecture: Path) -> None:
    """Write a model's weights (safetensors) and architecture (JSON)."""
    write_json(architecture, asdict(model.shape))
    with atomic(weights) as temporary:
        save_file(
            {name: tensor.cpu().contiguous() for name, tensor in model.state_dict().items()},
            temporary,
        )


def load_shape(architecture: Path) -> Shape:
    """Read the architecture that `save_model` wrote."""
    content = read_json(architecture)
    return PretrainedShape(**content) if "source" in content else Architecture(**content)


def load_model(weights: Path, architecture: Path) -> Model:
    """Read a model for inference on the CPU.

    Raises:
        RuntimeError: when the weights do not fit the architecture (torch names the tensors).
        ValueError: a pretrained model does not compute what ``transformers`` computes.
    """
    model = build(load_shape(architecture))
    model.load_state_dict(load_file(weights))
    model.eval()
    model.check_parity()
    return model
