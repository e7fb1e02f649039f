"""Hook points in models of ``transformers``, the same for every architecture.

``transformers`` looks up the function that computes attention by a name in the model's
configuration. Under the name ``vitrine`` it finds ours, which lets the weights and the heads'
outputs pass through hook points whenever somebody listens there; else torch's kernel, which keeps
no weights, does the same in less memory. A model that does not look the function up, or that asks
it for something that it does not compute, is refused.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

NAME = "vitrine"
OTHER_MODEL = "use a model of another architecture"

# Keywords that need no computation here. The mask holds the window and the causal order, positions
# are in the queries and keys already, and the others say what the caller wants to be given.
WITHOUT_EFFECT = frozenset(
    {
        "cache_position",
        "output_attentions",
        "output_hidden_states",
        "output_router_logits",
        "position_ids",
        "return_dict",
        "sliding_window",
        "use_cache",
    }
)


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,  # noqa: ARG001
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **others: Any,
) -> tuple[Tensor, Tensor | None]:
    """Softmax attention whose weights and heads' outputs pass the hook points of its module.

    Args:
        module: the attention module, which has ``hook_pattern`` and ``hook_z`` (see `observe`).
        query: float [batch, heads, queries, d].
        key, value: float [batch, groups, keys, d]; heads share groups evenly.
        attention_mask: float, added to the scores; broadcasts to [batch, heads, queries, keys].
        scaling: factor of the scores, d^-1/2 if not given.
        dropout: ignored; training drops whole words instead of weights.
        softcap: if given, a score s becomes softcap tanh(s / softcap) before the mask (Gemma 2).
        s_aux: if given, float [heads], scores of a sink, which takes attention but gives no output
            (gpt-oss); the weights of a query then sum to less than 1.
        others: keywords `WITHOUT_EFFECT`, and any that are None.

    Returns:
        Float [batch, queries, heads, d], and the weights, float [batch, heads, queries, keys];
        None for them where nobody listens.

    Raises:
        ValueError: for a keyword that is not known, or a module without hook points.
    """
    _refuse_unknown(module, attention_mask, others)
    share = query.shape[1] // key.shape[1]
    if share > 1:
        key, value = (part.repeat_interleave(share, dim=1) for part in (key, value))
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    observed = module.hook_pattern._forward_hooks or module.hook_z._forward_hooks
    learned = attention_mask is not None and attention_mask.requires_grad
    if not observed and not learned and softcap is None and s_aux is None:
        z = functional.scaled_dot_product_attention(query, key, value, attention_mask, scale=scale)
        return z.transpose(1, 2), None
    scores = (query * scale) @ key.transpose(-2, -1)
    if softcap is not None:
        scores = softcap * torch.tanh(scores / softcap)
    if attention_mask is not None:
        scores = scores + attention_mask
    pattern = module.hook_pattern(_weights(scores, s_aux).to(query.dtype))
    z = module.hook_z(pattern @ value)
    return z.transpose(1, 2).contiguous(), pattern


def _weights(scores: Tensor, sink: Tensor | None) -> Tensor:
    """The softmax over keys, float32 [batch, heads, queries, keys], without that of the sink."""
    if sink is None:
        return scores.softmax(dim=-1, dtype=torch.float32)
    column = sink.to(scores.dtype).view(1, -1, 1, 1).expand(*scores.shape[:-1], 1)
    return torch.cat([scores, column], dim=-1).softmax(dim=-1, dtype=torch.float32)[..., :-1]


def _refuse_unknown(module: Any, mask: Tensor | None, others: Mapping[str, Any]) -> None:
    name = type(module).__name__
    if not hasattr(module, "hook_pattern"):
        raise ValueError(f"{name} computes attention that cannot be observed; {OTHER_MODEL}")
    for keyword, given in others.items():
        if given is None or keyword in WITHOUT_EFFECT:
            continue
        # Our masks hold the causal order.
        if keyword == "is_causal" and (not given or mask is not None):
            continue
        raise ValueError(
            f"{name} computes attention with the option `{keyword}`, which is not supported, so "
            f"its results would be wrong; {OTHER_MODEL}"
        )


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, eager_mask)


def unsupported(name: str, model_type: str) -> ValueError:
    """The error for a class of ``transformers`` that does not look our function up."""
    return ValueError(
        f"the attention of {name} ({model_type}) cannot be observed with this version of "
        f"transformers; {OTHER_MODEL}"
    )


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
    if not body._supports_attention_backend:
        raise unsupported(type(body).__name__, body.config.model_type)
    recorders = getattr(body, "_can_record_outputs", None) or {}
    layer, attention = (
        getattr(recorders.get(part), "target_class", recorders.get(part))
        for part in ("hidden_states", "attentions")
    )
    if not (isinstance(layer, type) and isinstance(attention, type)):
        raise unsupported(type(body).__name__, body.config.model_type)
    blocks: list[Any] = [module for module in body.modules() if isinstance(module, layer)]
    for block in blocks:
        block.hook_residual = nn.Identity()
        for module in block.modules():
            if isinstance(module, attention):
                for point in ("hook_pattern", "hook_z"):
                    setattr(module, point, nn.Identity())
    return blocks
