"""Embeddings of players: each becomes tokens whose owner is known."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.models.packing import Tokens
from vitrine.models.pretrained.shape import Enlargement
from vitrine.models.pretrained.word_pieces import WordPieces


@dataclass(frozen=True)
class TokenOwners:
    """The owner of each token of a batch.

    Attributes:
        owner: int64 [batch, tokens], 0 for the tokens that are always there, 1 + p for those of
            player p, -1 for padding.
        ids: of texts, int64 [batch, tokens], the pieces.
        places: of texts, int64 [batch, tokens].
    """

    owner: Tensor
    ids: Tensor | None = None
    places: Tensor | None = None

    @property
    def present(self) -> Tensor:
        """bool [batch, tokens], False for padding."""
        return self.owner >= 0

    def of_owner(self, values: Tensor) -> Tensor:
        """Values of players as values of their tokens, [batch, players] to [batch, tokens].

        Tokens without a player have 1.
        """
        by_owner = functional.pad(values, (1, 0), value=1.0)
        return by_owner.gather(1, self.owner.clamp(min=0))

    def members(self, players: int) -> Tensor:
        """Which tokens each owner has, float [batch, 1 + players, tokens] of 0 and 1."""
        owners = torch.arange(1 + players, device=self.owner.device)
        return (self.owner[:, None, :] == owners[None, :, None]).float()


class TextEmbedding(nn.Module):
    """Pieces of words, embedded at their places.

    Args:
        embeddings: the module of that name of a BERT, DistilBERT or RoBERTa.
        words: reads texts as players.
    """

    def __init__(self, embeddings: nn.Module, words: WordPieces) -> None:
        super().__init__()
        self.embeddings = embeddings
        self.words = words
        # RoBERTa counts places from behind its padding token's.
        self._first = getattr(embeddings, "padding_idx", -1) + 1

    def owners(self, tokens: Tokens) -> TokenOwners:
        """The pieces of a batch of words, with those around every text.

        The piece that ends a text stands right behind the last that is there.
        """
        pieces, ends = self.words.table()
        before, after = self.words.before, self.words.after
        ids = tokens.ids.cpu().numpy()
        positions = tokens.positions.cpu().numpy()
        counts = np.diff(ends)[ids] * (positions < self.words.end)
        if tokens.present is not None:
            counts = counts * tokens.present.cpu().numpy()
        totals = counts.sum(axis=1)
        shape = (len(ids), len(before) + int(totals.max(initial=0)) + len(after))
        owner = np.full(shape, -1, dtype=np.int64)
        piece, place = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        owner[:, : len(before)] = 0
        piece[:, : len(before)] = before
        place[:, : len(before)] = np.arange(len(before))
        row, player = np.nonzero(counts)
        sizes = counts[row, player]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        rows = np.repeat(row, sizes)
        columns = np.arange(len(rows)) - np.repeat(np.cumsum(totals) - totals, totals) + len(before)
        owner[rows, columns] = np.repeat(player, sizes) + 1
        piece[rows, columns] = pieces[np.repeat(ends[ids[row, player]], sizes) + within]
        place[rows, columns] = np.repeat(positions[row, player], sizes) + within
        last = np.maximum(place.max(axis=1, initial=0), len(before) - 1)
        all_rows = np.arange(len(ids))
        for number, end in enumerate(after):
            behind = len(before) + totals + number
            owner[all_rows, behind] = 0
            piece[all_rows, behind] = end
            place[all_rows, behind] = last + 1 + number
        device = tokens.ids.device
        return TokenOwners(*(torch.from_numpy(array).to(device) for array in (owner, piece, place)))

    def embed(self, tokens: Tokens, owners: TokenOwners) -> Tensor:  # noqa: ARG002
        """Embedded pieces, float [batch, tokens, width]."""
        assert owners.places is not None
        output: Tensor = self.embeddings(
            input_ids=owners.ids, position_ids=owners.places + self._first
        )
        return output


class ImageEmbedding(nn.Module):
    """Patches of small grey images, enlarged to patches of the model's images.

    Pixels are repeated (nearest neighbour), so what a player shows depends on its own pixels alone
    and nothing of it is left elsewhere when it is removed.

    Args:
        embeddings: the module of that name of a ViT or DeiT.
        enlargement: how patches correspond.

    Attributes:
        specials: how many tokens are always there, before the patches.
    """

    def __init__(self, embeddings: Any, enlargement: Enlargement) -> None:
        super().__init__()
        self.embeddings = embeddings
        self.enlargement = enlargement
        specials = [embeddings.cls_token]
        if hasattr(embeddings, "distillation_token"):
            specials.append(embeddings.distillation_token)
        self.specials = len(specials)

    def owners(self, tokens: Tokens) -> TokenOwners:
        """The model's patches of a batch of players, behind the tokens that are always there."""
        batch, players = tokens.ids.shape
        each = self.enlargement.factor**2
        owner = torch.arange(1, players + 1, device=tokens.ids.device).repeat_interleave(each)
        owner = owner.expand(batch, -1)
        if tokens.present is not None:
            owner = owner.masked_fill(~tokens.present.repeat_interleave(each, dim=1), -1)
        return TokenOwners(functional.pad(owner, (self.specials, 0), value=0))

    def embed(self, tokens: Tokens, owners: TokenOwners) -> Tensor:  # noqa: ARG002
        """Embedded patches, float [batch, tokens, width]."""
        enlargement = self.enlargement
        batch, players = tokens.ids.shape
        side = enlargement.factor * enlargement.patch
        pixels = tokens.features * enlargement.slope + enlargement.offset
        pixels = pixels.view(-1, 1, enlargement.pixels, enlargement.pixels)
        grey = functional.interpolate(pixels, size=(side, side), mode="nearest")
        mean, deviation = (
            torch.tensor(part, device=pixels.device).view(1, -1, 1, 1)
            for part in (enlargement.mean, enlargement.deviation)
        )
        patches = self.embeddings.patch_embeddings.projection((grey - mean) / deviation)
        width = patches.shape[1]
        x = (
            patches.flatten(2)
            .transpose(1, 2)
            .reshape(batch, players * enlargement.factor**2, width)
        )
        places = self._places()
        specials = [self.embeddings.cls_token]
        if self.specials > 1:
            specials.append(self.embeddings.distillation_token)
        first = torch.cat(specials, dim=1) + places[:, : self.specials]
        of_patches = places[0, self.specials :][self.inside(tokens.positions)]
        x = torch.cat([first.expand(batch, -1, -1), x + of_patches.reshape(x.shape)], dim=1)
        output: Tensor = self.embeddings.dropout(x)
        return output

    def _places(self) -> Tensor:
        """Embedded positions, float [1, specials + patches, width], interpolated where needed."""
        side = self.enlargement.grid * self.enlargement.factor
        width = self.embeddings.cls_token.shape[-1]
        empty = self.embeddings.cls_token.new_empty(1, self.specials + side**2, width)
        pixels = side * self.enlargement.patch
        output: Tensor = self.embeddings.interpolate_pos_encoding(empty, pixels, pixels)
        return output

    def inside(self, positions: Tensor) -> Tensor:
        """The model's patches inside the study's: int64 [...] to int64 [..., factor^2]."""
        grid, factor = self.enlargement.grid, self.enlargement.factor
        step = torch.arange(factor, device=positions.device)
        row = (positions // grid)[..., None] * factor + step
        column = (positions % grid)[..., None] * factor + step
        return (row[..., :, None] * grid * factor + column[..., None, :]).flatten(-2)
