"""Repeated random tokens (Olsson et al. 2022): continue a piece that occurred before."""

from functools import cached_property

import numpy as np

from vitrine.emergence.abilities.repeat import RepeatSettings
from vitrine.emergence.abilities.repeat.recency import recency_accuracy
from vitrine.emergence.induction import LookupTask
from vitrine.evaluation.progress import Anchors
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive

SAMPLE = 20_000  # sequences that choose a rule, or measure it
SHORTEST_PIECE = 2  # the first symbol of a piece is not predicted


class Repeat(LookupTask[RepeatSettings]):
    """A block of distinct symbols, then pieces of it that begin at random places.

    Every symbol of a piece but the first is certain: it followed the present symbol in the block.
    A block that were repeated as a whole would need no look-up. Its period could be learned as a
    distance by a single layer, and its next symbol is the one that was seen least recently. Pieces
    begin anywhere and differ in length, up to that of the shortest block, so that neither helps.
    """

    def anchors(self) -> Anchors:
        """The reference is the best predictor from the order in which symbols were last seen."""
        return Anchors(
            "accuracy",
            self._recency,
            1.0,
            {"any symbol": 1 / self.settings.symbols},
            predictor="recency",
        )

    @cached_property
    def _recency(self) -> float:
        fitted, tested = (
            self.sequences(SAMPLE, np.random.default_rng(derive(0, name)))
            for name in ("ranks", "theory")
        )
        return recency_accuracy(fitted, tested, self.settings.symbols)

    @property
    def predictions(self) -> int:
        # Of the shortest pieces, one symbol in two is predicted.
        return max((self.settings.length - self.settings.longest) // SHORTEST_PIECE, 1)

    def build(self) -> Transformer:
        return self.attention_only(self.settings.symbols, self.settings.length)

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        settings = self.settings
        blocks = rng.permuted(np.tile(np.arange(settings.symbols), (count, 1)), axis=1)
        lengths = rng.integers(settings.shortest, settings.longest + 1, count)
        sources = np.empty((count, settings.length), dtype=np.int64)
        scored = np.zeros(sources.shape, dtype=bool)
        # Where in its block a row stands, and how many symbols of its piece are left.
        at, left = np.zeros(count, dtype=np.int64), lengths.copy()
        for place in range(settings.length):
            begins = left == 0
            pieces = rng.integers(SHORTEST_PIECE, settings.shortest + 1, count)
            starts = rng.integers(0, lengths - pieces + 1)
            at, left = np.where(begins, starts, at), np.where(begins, pieces, left)
            sources[:, place] = at
            scored[:, place] = ~begins & (place >= lengths)
            at, left = at + 1, left - 1
        return np.take_along_axis(blocks, sources, axis=1), scored


TASK = Repeat
