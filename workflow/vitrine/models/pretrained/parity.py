"""Parity: whether a pretrained model computes here what it computes in ``transformers``."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor, nn

from vitrine.data.readers.bad import BadDataError
from vitrine.models.pretrained.attention import NAME, OTHER_MODEL, unsupported

# Single precision leaves about 1e-6; what is computed otherwise differs by 1e-2 and more.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Parity:
    """How far a model's results are from those of ``transformers`` with the model's own attention.

    Attributes:
        compared: what was compared: ``logits`` or, for a body without a head, final ``states``.
        difference: the largest absolute difference; as a share of the root mean square of the
            expected values where that is above 1.
        tolerance: the largest difference that is accepted.
        inputs: how many texts or images were read.
        tokens: how many tokens they have.
    """

    compared: Literal["logits", "states"]
    difference: float
    tolerance: float
    inputs: int
    tokens: int


@contextmanager
def original_attention(net: Any) -> Iterator[None]:
    """Let a model of ``transformers`` compute attention by its own, eager function.

    Raises:
        ValueError: it cannot, so that nothing could be compared.
    """
    net.set_attn_implementation("eager")
    if net.config._attn_implementation != "eager":
        raise unsupported(type(net).__name__, net.config.model_type)
    try:
        yield
    finally:
        net.set_attn_implementation(NAME)


@contextmanager
def listening(points: Iterable[nn.Module]) -> Iterator[None]:
    """Listen at hook points, so that attention weights are computed."""
    handles = [point.register_forward_hook(lambda *_: None) for point in points]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def difference(found: Tensor, expected: Tensor) -> float:
    """The largest difference of two tensors of one shape, see `Parity`."""
    scale = expected.square().mean().sqrt().clamp(min=1)
    return float(((found - expected).abs().max() / scale).item())


def checked(parity: Parity, name: str, model_type: str) -> Parity:
    """The parity, if it is good enough.

    Args:
        parity: as measured.
        name: where the model comes from.
        model_type: its architecture.

    Raises:
        BadDataError: the difference is above the tolerance, or no number.
    """
    # The negation holds for a difference that is not a number, too.
    if not parity.difference <= parity.tolerance:
        raise BadDataError(
            name,
            f"this {model_type} model is not computed correctly here: its {parity.compared} differ "
            f"by up to {parity.difference:.2g} from those that transformers computes with the "
            f"model's own attention, and {parity.tolerance:g} is accepted; {OTHER_MODEL}",
        )
    return parity
