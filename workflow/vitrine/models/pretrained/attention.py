"""Hook points in models of ``transformers``, the same for every architecture.

``transformers`` looks up the function that computes attention by a name in the model's
configuration. Under the name ``vitrine`` it finds ours, which lets the weights and the heads'
outputs pass through hook points whenever somebody listens there; else torch's kernel, which keeps
no weights, does the same in less memory. A model that does not look the function up is refused
instead of giving no weights.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

NAME = "vitrine"


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,  # noqa: ARG001
    **_: Any,
) -> tuple[Tensor, Tensor | None]:
    """Softmax attention whose weights and heads' outputs pass the hook points of its module.

    Args:
        module: the attention module, which has ``hook_pattern`` and ``hook_z`` (see `observe`).
        query: float [batch, heads, queries, d].
        key, value: float [batch, groups, keys, d]; heads share groups evenly.
        attention_mask: float, added to the scores; broadcasts to [batch, heads, queries, keys].
        scaling: factor of the scores, d^-1/2 if not given.
        dropout: ignored; training drops whole words instead of weights.

    Returns:
        Float [batch, queries, heads, d], and the weights, float [batch, heads, queries, keys];
        None for them where nobody listens.
    """
    share = query.shape[1] // key.shape[1]
    if share > 1:
        key, value = (part.repeat_interleave(share, dim=1) for part in (key, value))
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    observed = module.hook_pattern._forward_hooks or module.hook_z._forward_hooks
    learned = attention_mask is not None and attention_mask.requires_grad
    if not observed and not learned:
        z = functional.scaled_dot_product_attention(query, key, value, attention_mask, scale=scale)
        return z.transpose(1, 2), None
    scores = (query * scale) @ key.transpose(-2, -1)
    if attention_mask is not None:
        scores = scores + attention_mask
    pattern = module.hook_pattern(scores.softmax(dim=-1, dtype=torch.float32).to(query.dtype))
    z = module.hook_z(pattern @ value)
    return z.transpose(1, 2).contiguous(), pattern


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, eager_mask)


def observe(body: Any) -> list[nn.Module]:
    """Give every block and its attention hook points.

    The attention modules get ``hook_pattern`` (weights, [batch, heads, tokens, tokens]) and
    ``hook_z`` (heads' outputs, [batch, heads, tokens, d]), which `attend` calls. The blocks get
    ``hook_residual``, which whoever runs them calls with the stream that leaves them.

    Args:
        body: a model without its head, made with ``attn_implementation="vitrine"``.

    Returns:
        The blocks, in order.

    Raises:
        ValueError: for a model whose attention cannot be observed.
    """
    recorders = getattr(body, "_can_record_outputs", None) or {}
    layer, attention = (
        getattr(recorders.get(part), "target_class", recorders.get(part))
        for part in ("hidden_states", "attentions")
    )
    if not (
        body._supports_attention_backend and isinstance(layer, type) and isinstance(attention, type)
    ):
        raise ValueError(
            f"the attention of {type(body).__name__} ({body.config.model_type}) cannot be observed "
            f"with this version of transformers; use a model of another architecture"
        )
    blocks: list[Any] = [module for module in body.modules() if isinstance(module, layer)]
    for block in blocks:
        block.hook_residual = nn.Identity()
        for module in block.modules():
            if isinstance(module, attention):
                for point in ("hook_pattern", "hook_z"):
                    setattr(module, point, nn.Identity())
    return blocks
