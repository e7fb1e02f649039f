"""Running a model on many selections of the same players, whose common work is done once.

A player that stays keeps its position, so up to the first attention nothing about it depends on who
else is there: embedding, norm, queries, keys and values are computed once and gathered. Of an
instance that has many coalitions the first attention itself is shared. With exponentiated scores
E and values V of all its players, a player's head gives, in a coalition of members m, the quotient
of sum_j m_j E_ij V_j and sum_j m_j E_ij: two products of the masks with matrices of the instance.
The rest works on packed tokens, without padding, and the last block computes no more than the
readout takes.
"""

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from vitrine.data.examples import Examples
from vitrine.models.model import Model
from vitrine.models.packing import Tokens, pack
from vitrine.models.transformer import Attention, Block, Transformer

# Scores of an instance further apart than this would vanish in single precision.
WIDEST = 60.0
# Matrices of longer instances cost more than they save.
MOST_SHARED = 256
# Rows of an attention are padded to the longest of those that are at most this much longer.
PADDING = 1.2


@dataclass(frozen=True)
class SharedAttention:
    """The first attention of one instance, of n players and the start token before them.

    Attributes:
        tokens: slice of the players in the contents.
        values: float [1 + n, (1 + n) * width], of each key for each query, exponentiated score
            times value, head after head.
        weights: float [1 + n, (1 + n) * heads], the exponentiated scores.
    """

    tokens: slice
    values: Tensor
    weights: Tensor


@dataclass(frozen=True)
class PackedRows:
    """Packed rows of tokens, by rising length; each begins with the start token.

    Attributes:
        tokens: int64 [t], 0 for the start token, else 1 + the place of a player in the contents.
        lengths: int64 [rows], the start token included.
        ends: int64 [rows], where each row ends in ``tokens``.
    """

    tokens: np.ndarray
    lengths: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, members: np.ndarray, lengths: np.ndarray) -> "PackedRows":
        """Rows of players, int64 [sum(lengths)], and their lengths, int64 [rows], rising."""
        ends = np.cumsum(lengths + 1)
        tokens = np.zeros(len(members) + len(lengths), dtype=np.int64)
        players = np.ones(len(tokens), dtype=bool)
        players[ends - lengths - 1] = False
        tokens[players] = members + 1
        return cls(tokens, lengths + 1, ends)

    def groups(self) -> list[slice]:
        """Slices of rows of similar length."""
        slices = []
        start = 0
        while start < len(self.lengths):
            longest = PADDING * self.lengths[start]
            stop = int(np.searchsorted(self.lengths, longest, side="right"))
            slices.append(slice(start, stop))
            start = stop
        return slices


class ModelCoalitions:
    """Any model on rows of players of given contents, each computed from the start.

    Args:
        model: in evaluation mode.
        examples: the contents.
    """

    def __init__(self, model: Model, examples: Examples) -> None:
        self.model = model
        self.examples = examples
        self._device = next(model.parameters()).device

    def shared_attention(self, players: slice) -> None:  # noqa: ARG002
        """None: no work is shared between the coalitions of an instance."""
        return

    @torch.no_grad()
    def read(
        self,
        members: np.ndarray,
        lengths: np.ndarray,
        shared: SharedAttention | None,  # noqa: ARG002
    ) -> Tensor:
        """See `TransformerCoalitions.read`."""
        tokens = pack(self.examples, members, lengths).to(self._device)
        return self.model.read(self.model.states(tokens), tokens)


class TransformerCoalitions:
    """One of our models on rows of players of given contents. The model must stay as it is.

    Args:
        model: in evaluation mode.
        examples: the contents.

    Raises:
        ValueError: the model has linear attention, whose weights are no quotient of exponentials.
    """

    def __init__(self, model: Transformer, examples: Examples) -> None:
        if model.shape.linear:
            raise ValueError("coalitions need softmax attention, not linear attention")
        self.model = model
        self.blocks = [cast(Block, block) for block in model.blocks]
        self.device = model.embedding.start.device
        self.positions = np.concatenate([[-1], examples.positions])
        with torch.no_grad():
            whole = Tokens(
                torch.from_numpy(examples.ids)[None],
                torch.from_numpy(examples.features)[None],
                torch.from_numpy(examples.positions)[None],
                None,
            )
            self._stream = model.embedding(whole.to(self.device))[0]
            first = self.blocks[0]
            self._qkv = first.attention.qkv(first.norm_attention(self._stream))

    @torch.no_grad()
    def shared_attention(self, players: slice) -> SharedAttention | None:
        """The first attention of the instance whose contents are ``players``.

        Returns:
            None where it cannot be shared: the instance is too long, or its scores lie so far
            apart that single precision would lose some of them.
        """
        count = players.stop - players.start
        if not 0 < count <= MOST_SHARED:
            return None
        attention = self.blocks[0].attention
        rows = slice(players.start + 1, players.stop + 1)
        qkv = torch.cat([self._qkv[:1], self._qkv[rows]]).view(1 + count, 3, attention.heads, -1)
        q, k, v = qkv.permute(1, 2, 0, 3)
        places = np.concatenate([self.positions[:1], self.positions[rows]])
        scores = _scores(attention, q, k, self._distances(places, places))
        if self.model.shape.causal:
            later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=self.device).tril(-1)
            scores = scores.masked_fill(later, -math.inf)
        # Keys come before queries: [heads, keys, queries].
        highest = scores.amax(dim=-2, keepdim=True)
        lowest = scores.masked_fill(scores == -math.inf, math.inf).amin(dim=-2, keepdim=True)
        if not bool((highest - lowest < WIDEST).all()):
            return None
        weights = (scores - highest).exp().permute(1, 2, 0)
        values = weights[..., None] * v.transpose(0, 1)[:, None]
        return SharedAttention(
            players, values.reshape(1 + count, -1), weights.reshape(1 + count, -1)
        )

    @torch.no_grad()
    def read(
        self, members: np.ndarray, lengths: np.ndarray, shared: SharedAttention | None
    ) -> Tensor:
        """The states that are classified (`Transformer.read`).

        Args:
            members: int64 [sum(lengths)], places in the contents, row after row.
            lengths: int64 [rows], rising.
            shared: of the instance that all rows are of, each with the players in order.

        Returns:
            float [rows, width].
        """
        rows = PackedRows.of(members, lengths)
        *others, last = self.blocks
        tokens = self._move(rows.tokens)
        x = self._stream.index_select(0, tokens)
        for block in others:
            x = self._block(block, x, rows, tokens, shared, None)
        readout = self.model.shape.readout
        if readout == "mean":
            states = self.model.norm(self._block(last, x, rows, tokens, shared, None))
            total = states.new_zeros(len(lengths), states.shape[1])
            row = self._move(np.repeat(np.arange(len(lengths)), rows.lengths))
            return total.index_add_(0, row, states) / self._move(rows.lengths)[:, None]
        ends = rows.ends - (1 if readout == "last" else rows.lengths)
        return self.model.norm(self._block(last, x, rows, tokens, shared, ends))

    def _block(
        self,
        block: Block,
        x: Tensor,
        rows: PackedRows,
        tokens: Tensor,
        shared: SharedAttention | None,
        only: np.ndarray | None,
    ) -> Tensor:
        """A block on packed tokens.

        Args:
            block: the block.
            x: float [t, width], the stream before it.
            rows, tokens: what the tokens are.
            shared: see `read`; concerns the first block.
            only: int64 [rows], the one token of each row whose state is wanted; all if None.

        Returns:
            float [t, width] or [rows, width].
        """
        first = block is self.blocks[0]
        if first and shared is not None:
            z = self._mixed_before(rows, shared, only)
        else:
            qkv = (
                self._qkv.index_select(0, tokens)
                if first
                else block.attention.qkv(block.norm_attention(x))
            )
            z = self._mixed(block.attention, qkv, rows, only)
        if only is not None:
            x = x[self._move(only)]
        x = x + block.attention.out(z)
        if not block.has_mlp:
            return x
        widen, _, narrow = block.mlp
        return x + narrow(_gelu(widen(block.norm_mlp(x))))

    def _mixed_before(
        self, rows: PackedRows, shared: SharedAttention, only: np.ndarray | None
    ) -> Tensor:
        """The heads' outputs of the first attention, float [t or rows, width]."""
        places = np.maximum(rows.tokens - shared.tokens.start, 0)
        row = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
        count = len(shared.values)
        flat = self._move(row * count + places)
        masks = torch.zeros(len(rows.lengths) * count, device=self.device)
        masks[flat] = 1.0
        masks = masks.view(-1, count)
        wanted = flat if only is None else flat[self._move(only)]
        heads = self.model.shape.heads
        values = (masks @ shared.values).view(-1, self.model.shape.width).index_select(0, wanted)
        weights = (masks @ shared.weights).view(-1, heads).index_select(0, wanted)
        return (values.view(len(wanted), heads, -1) / weights[..., None]).flatten(1)

    def _mixed(
        self, attention: Attention, qkv: Tensor, rows: PackedRows, only: np.ndarray | None
    ) -> Tensor:
        """The heads' outputs of an attention, float [t or rows, width], group after group."""
        width, heads = self.model.shape.width, attention.heads
        parts = []
        for group in rows.groups():
            lengths, ends = rows.lengths[group], rows.ends[group]
            begins, longest = ends - lengths, int(lengths[-1])
            keys = begins[:, None] + np.arange(longest)
            # Behind its end a row is filled with other tokens, which are hidden.
            hidden = keys >= ends[:, None]
            keys = np.minimum(keys, len(rows.tokens) - 1)
            ragged = bool(hidden.any())
            if ragged:
                padded = qkv.index_select(0, self._move(keys.ravel()))
            else:
                padded = qkv[begins[0] : ends[-1]]
            q, k, v = padded.view(-1, longest, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
            queries = keys
            if only is not None:
                queries = only[group][:, None]
                q = qkv[self._move(queries), :width].view(len(q), heads, 1, -1)
            places = self.positions[rows.tokens]
            scores = _scores(attention, q, k, self._distances(places[keys], places[queries]))
            mask = hidden[:, :, None]
            if self.model.shape.causal:
                mask = mask | (keys[:, :, None] > queries[:, None, :])
            if ragged or self.model.shape.causal:
                scores.masked_fill_(self._move(mask)[:, None], -math.inf)
            # Softmax over keys that are not the last axis is several times faster on short rows.
            z = (scores.softmax(dim=-2).transpose(-2, -1) @ v).transpose(1, 2).reshape(-1, width)
            if ragged and only is None:
                z = z.index_select(0, self._move(np.flatnonzero(~hidden)))
            parts.append(z)
        return torch.cat(parts)

    def _distances(self, keys: np.ndarray, queries: np.ndarray) -> Tensor | None:
        """Which relative-position key each query has for each key, int64 [..., queries, keys]."""
        limit = self.model.shape.relative
        if not limit:
            return None
        apart = queries[..., :, None] - keys[..., None, :]
        return self._move(np.clip(apart, -limit, limit) + limit)

    def _move(self, numbers: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(numbers)).to(self.device)


def _scores(attention: Attention, q: Tensor, k: Tensor, distances: Tensor | None) -> Tensor:
    """Scaled scores, float [..., heads, keys, queries], of float [..., heads, tokens, d]."""
    q = q / math.sqrt(q.shape[-1])
    scores = k @ q.transpose(-2, -1)
    if attention.keys is None or distances is None:
        return scores
    by_distance = q @ attention.keys.T
    index = distances.unsqueeze(-3).expand(*scores.shape[:-2], *distances.shape[-2:])
    return scores + by_distance.gather(-1, index).transpose(-2, -1)


def _gelu(x: Tensor) -> Tensor:
    """GELU by its tanh approximation, x times the logistic function of 2u, in place.

    The logistic function is computed faster than the hyperbolic tangent on a CPU.
    """
    if x.device.type != "cpu":
        return functional.gelu(x, approximate="tanh")
    double = 2 * math.sqrt(2 / math.pi)
    gate = x * x
    gate.mul_(0.044715 * double).add_(double).mul_(x).sigmoid_()
    return gate.mul_(x)
