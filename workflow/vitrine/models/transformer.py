"""One transformer for every domain: what differs stands in front of it, in the embedding."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.models.dropout import Dropout
from vitrine.models.model import Model
from vitrine.models.packing import Tokens


@dataclass(frozen=True)
class Architecture:
    """The shape of a model; with the weights it is all that is needed to rebuild it.

    Attributes:
        layers: transformer blocks.
        heads: attention heads per block; divides ``width``.
        width: size of the residual stream.
        vocabulary: number of player ids.
        features: numeric inputs per player (0 = none).
        feature_groups: 1 = one linear map of the features for all players, else one per position.
        positions: number of learned absolute positions (0 = none).
        relative: largest distance with a relative-position key of its own (0 = no such keys).
        outputs: classes, or 0 to score the vocabulary with the tied id embedding.
        causal: whether a player sees only those before it.
        readout: the state that is classified: the start token's, the mean of all, or the last.
        dropout: share of activations dropped in training.
        mlp: whether a block has an MLP after its attention.
        norm: whether there are layer norms.
        linear: whether attention weights are plain scores over the number of tokens that are seen
            (von Oswald et al. 2023) instead of their softmax.
    """

    layers: int
    heads: int
    width: int
    vocabulary: int
    features: int
    feature_groups: int
    positions: int
    relative: int
    outputs: int
    causal: bool
    readout: Literal["start", "mean", "last"]
    dropout: float
    mlp: bool = True
    norm: bool = True
    linear: bool = False

    @property
    def tokens_per_player(self) -> int:
        """How many tokens a player is."""
        return 1


class Embedding(nn.Module):
    """Players to vectors: id + linear map of the features + position; a start token in front."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        scale = shape.width**-0.5
        self.start = nn.Parameter(torch.randn(shape.width) * scale)
        self.ids = nn.Parameter(torch.randn(shape.vocabulary, shape.width) * scale)
        self.positions = (
            nn.Parameter(torch.randn(shape.positions, shape.width) * scale)
            if shape.positions
            else None
        )
        self.features = (
            nn.Parameter(
                torch.randn(shape.feature_groups, shape.features, shape.width)
                * shape.features**-0.5
            )
            if shape.features
            else None
        )

    def forward(self, tokens: Tokens, gates: Tensor | None = None) -> Tensor:
        """Embed a batch.

        Args:
            tokens: the batch.
            gates: optional float [batch, players] factor on each player's vector.

        Returns:
            float [batch, 1 + players, width], the start token first.
        """
        x = functional.embedding(tokens.ids, self.ids)
        if self.features is not None:
            if len(self.features) == 1:
                x = x + tokens.features @ self.features[0]
            else:
                maps = self.features[tokens.positions]
                x = x + torch.einsum("blk,blkw->blw", tokens.features, maps)
        if self.positions is not None:
            x = x + functional.embedding(tokens.positions, self.positions)
        if gates is not None:
            x = x * gates[..., None]
        return torch.cat([self.start.expand(len(x), 1, -1), x], dim=1)


class Attention(nn.Module):
    """Multi-head self-attention, with relative-position keys (Shaw et al. 2018) if asked for.

    With ``linear`` a weight is the score divided by the number of tokens that the query sees, a
    partly present one counting as much as it is there, without a softmax.

    ``hook_pattern`` sees the attention weights [batch, heads, tokens, tokens] and ``hook_z`` the
    heads' outputs [batch, heads, tokens, width / heads].
    """

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.heads = shape.heads
        self.linear = shape.linear
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.keys = (
            nn.Parameter(torch.randn(2 * shape.relative + 1, shape.width // shape.heads) * 0.1)
            if shape.relative
            else None
        )
        self.dropout = Dropout(shape.dropout)
        self.hook_pattern = nn.Identity()
        self.hook_z = nn.Identity()

    def forward(
        self, x: Tensor, distances: Tensor | None, hidden: Tensor | None, bias: Tensor | None
    ) -> Tensor:
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1)
        if self.keys is not None and distances is not None:
            by_distance = q @ self.keys.T
            scores = scores + by_distance.gather(
                -1, distances[:, None].expand(-1, self.heads, -1, -1)
            )
        scores = scores / math.sqrt(q.shape[-1])
        pattern = self.hook_pattern(
            _averaged(scores, hidden, bias) if self.linear else _softmax(scores, hidden, bias)
        )
        z = self.hook_z(self.dropout(pattern) @ v)
        output: Tensor = self.out(z.transpose(1, 2).reshape(batch, tokens, width))
        return output


def _softmax(scores: Tensor, hidden: Tensor | None, bias: Tensor | None) -> Tensor:
    if bias is not None:
        scores = scores + bias
    if hidden is not None:
        scores = scores.masked_fill(hidden, -math.inf)
    return scores.softmax(dim=-1)


def _averaged(scores: Tensor, hidden: Tensor | None, bias: Tensor | None) -> Tensor:
    weights = scores.new_ones(scores.shape[-1]) if bias is None else bias.exp()
    if hidden is not None:
        weights = weights * ~hidden
    return scores * weights / weights.sum(dim=-1, keepdim=True)


class Block(nn.Module):
    """A pre-LN block; ``hook_residual`` sees the stream [batch, tokens, width] that leaves it."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.norm_attention = _norm(shape)
        self.attention = Attention(shape)
        if shape.mlp:
            self.norm_mlp = _norm(shape)
            self.mlp = nn.Sequential(
                nn.Linear(shape.width, 4 * shape.width),
                nn.GELU(approximate="tanh"),
                nn.Linear(4 * shape.width, shape.width),
            )
        self.has_mlp = shape.mlp
        self.dropout = Dropout(shape.dropout)
        self.hook_residual = nn.Identity()

    def forward(
        self, x: Tensor, distances: Tensor | None, hidden: Tensor | None, bias: Tensor | None
    ) -> Tensor:
        x = x + self.dropout(self.attention(self.norm_attention(x), distances, hidden, bias))
        if self.has_mlp:
            x = x + self.dropout(self.mlp(self.norm_mlp(x)))
        output: Tensor = self.hook_residual(x)
        return output


def _norm(shape: Architecture) -> nn.Module:
    return nn.LayerNorm(shape.width) if shape.norm else nn.Identity()


class Transformer(Model):
    """Embedding, blocks, final norm and head."""

    def __init__(self, shape: Architecture) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = Embedding(shape)
        self.dropout = Dropout(shape.dropout)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = _norm(shape)
        self.head = nn.Linear(shape.width, shape.outputs) if shape.outputs else None
        self.bias = None if shape.outputs else nn.Parameter(torch.zeros(shape.vocabulary))
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=module.in_features**-0.5)
                nn.init.zeros_(module.bias)

    @property
    def hook_hidden(self) -> str:
        """The activation function of every block's MLP; what leaves it are the hidden units."""
        return "mlp.1"

    def embedded(self, tokens: Tokens) -> Tensor:
        """See `Model.embedded`."""
        output: Tensor = self.embedding(tokens)
        return output

    def states(
        self, tokens: Tokens, gates: Tensor | None = None, presence: Tensor | None = None
    ) -> Tensor:
        """Final states, float [batch, 1 + players, width], the start token's first."""
        x = self.dropout(self.embedding(tokens, gates))
        distances = self._distances(tokens)
        hidden = self._hidden(tokens, x.shape[1])
        bias = None
        if presence is not None:
            # Adding log p to a score multiplies the weight before the softmax by p.
            bias = functional.pad(presence.log(), (1, 0))[:, None, None, :]
        for block in self.blocks:
            x = block(x, distances, hidden, bias)
        output: Tensor = self.norm(x)
        return output

    def scores(self, states: Tensor) -> Tensor:
        """See `Model.scores`."""
        if self.head is not None:
            output: Tensor = self.head(states)
            return output
        return functional.linear(states, self.embedding.ids, self.bias)

    def score(self, states: Tensor, outputs: Tensor) -> Tensor:
        """See `Model.score`."""
        weight = self.embedding.ids if self.head is None else self.head.weight
        bias = self.bias if self.head is None else self.head.bias
        logits = (states * functional.embedding(outputs, weight)).sum(dim=-1)
        return logits if bias is None else logits + bias[outputs]

    def read(self, states: Tensor, tokens: Tokens, presence: Tensor | None = None) -> Tensor:
        """See `Model.read`."""
        return (states * self.readout_weights(tokens, presence)[..., None]).sum(dim=1)

    def readout_weights(self, tokens: Tokens, presence: Tensor | None = None) -> Tensor:
        """See `Model.readout_weights`.

        Where the last token is read and players are partly present, a token counts as much as it
        is there and those behind it are not.
        """
        batch, players = tokens.ids.shape
        weights = torch.ones(batch, 1 + players, device=tokens.ids.device)
        if tokens.present is not None:
            weights[:, 1:] = tokens.present.float()
        if presence is not None:
            weights = weights * functional.pad(presence, (1, 0), value=1.0)
            if self.shape.readout == "last":
                behind = functional.pad(1 - weights[:, 1:], (0, 1), value=1.0)
                return weights * behind.flip(1).cumprod(dim=1).flip(1)
        count = weights.sum(dim=1, keepdim=True)
        if self.shape.readout == "mean":
            return weights / count
        place = count.long() - 1 if self.shape.readout == "last" else torch.zeros_like(count).long()
        return torch.zeros_like(weights).scatter(1, place, 1.0)

    def _distances(self, tokens: Tokens) -> Tensor | None:
        if not self.shape.relative:
            return None
        # The start token stands one place before the first.
        place = functional.pad(tokens.positions, (1, 0), value=-1)
        limit = self.shape.relative
        distances: Tensor = (place[:, :, None] - place[:, None, :]).clamp(-limit, limit) + limit
        return distances

    def _hidden(self, tokens: Tokens, length: int) -> Tensor | None:
        hidden = None
        if self.shape.causal:
            ones = torch.ones(length, length, dtype=torch.bool, device=tokens.ids.device)
            hidden = ones.triu(1)
        if tokens.present is not None:
            absent = functional.pad(~tokens.present, (1, 0), value=False)[:, None, None, :]
            hidden = absent if hidden is None else hidden | absent
        return hidden
