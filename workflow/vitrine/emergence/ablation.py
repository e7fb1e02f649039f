"""Mean ablation of heads and layers of attention."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from torch import Tensor, nn

from vitrine.models.transformer import Block, Transformer


@contextmanager
def ablated(model: Transformer, layer: int, heads: list[int]) -> Iterator[None]:
    """Replace the outputs of heads by their means over the batch (mean ablation).

    The mean at each position keeps the constant part of an output, so that only information about
    the input is lost.
    """

    def ablate(_module: nn.Module, _inputs: tuple[Tensor, ...], z: Tensor) -> Tensor:
        z = z.clone()
        z[:, heads] = z[:, heads].mean(dim=0, keepdim=True)
        return z

    block = cast(Block, model.blocks[layer])
    handle = block.attention.hook_z.register_forward_hook(ablate)
    try:
        yield
    finally:
        handle.remove()


def ablations(
    model: Transformer, measure: Callable[[nn.Module], float]
) -> Iterator[tuple[int, int | None, float]]:
    """Measure a model without each of its heads and without each of its layers.

    Args:
        model: in evaluation mode.
        measure: the metric.

    Yields:
        The layer, the head (None for all of the layer), and the measurement without it.
    """
    all_heads = list(range(model.shape.heads))
    for layer in range(model.shape.layers):
        for head in all_heads:
            with ablated(model, layer, [head]):
                yield layer, head, measure(model)
        with ablated(model, layer, all_heads):
            yield layer, None, measure(model)
