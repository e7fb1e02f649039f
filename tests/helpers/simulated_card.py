"""A device that is none, to find tensors that were left on the processor.

Tensors "on the card" hold ordinary ones and claim to be on torch's device ``meta``. Everything is
computed on the processor, but a computation that mixes both kinds fails as it does on a real card,
and so does reading a tensor on the card as an array.
"""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

CARD = torch.device("meta")


class OnCard(torch.Tensor):
    """A tensor on the card.

    Args:
        held: the ordinary tensor with its values.
    """

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> "OnCard":
        return torch.Tensor._make_wrapper_subclass(
            cls, held.size(), strides=held.stride(), dtype=held.dtype, device=CARD
        )

    def __init__(self, held: torch.Tensor) -> None:
        self.held = held

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls,
        function: Any,
        _types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        return _run(function, args, kwargs or {})


class Card(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within this context there is a card."""

    def __torch_dispatch__(
        self,
        function: Any,
        _types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        return _run(function, args, kwargs or {})


def _held(value: Any) -> Any:
    return value.held if isinstance(value, OnCard) else value


def _run(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    there = [isinstance(tensor, OnCard) for tensor in tensors]
    name = str(function)
    # Only copies join the two, and scalars go anywhere.
    if any(there) and not name.startswith(("aten._to_copy", "aten.copy_")):
        left = [tensor for tensor in tensors if not isinstance(tensor, OnCard) and tensor.dim()]
        if left:
            raise RuntimeError(f"{name}: a tensor was left on the processor")
    device = kwargs.get("device")
    result = any(there) if device is None else torch.device(device) == CARD
    if device is not None:
        kwargs = kwargs | {"device": torch.device("cpu")}
    output = function(*tree_map(_held, args), **tree_map(_held, kwargs))
    if function._schema.is_mutable and args and output is _held(args[0]):
        return args[0]
    if not result:
        return output
    return tree_map(lambda leaf: OnCard(leaf) if isinstance(leaf, torch.Tensor) else leaf, output)
