"""Repeated random tokens (Olsson et al. 2022): continue what has been seen once."""

from dataclasses import dataclass

import numpy as np

from vitrine.emergence.ability import Anchors
from vitrine.emergence.induction import Lookup
from vitrine.models.transformer import Transformer


@dataclass(frozen=True, kw_only=True)
class Repeat(Lookup):
    """A block of distinct symbols comes again and again; its length differs from row to row.

    A fixed period could be learned as a distance, by a single layer. From the second symbol of the
    first repetition on, all is certain; without the ability one of the block's symbols is guessed.
    """

    symbols: int
    length: int
    shortest: int
    longest: int

    def anchors(self) -> Anchors:
        periods = np.arange(self.shortest, self.longest + 1)
        certain = self.length - periods - 1
        guess = float((certain / periods).sum() / certain.sum())
        return Anchors("accuracy", guess, 1.0, {"any symbol": 1 / self.symbols})

    @property
    def predictions(self) -> int:
        return self.length - self.longest - 1

    def build(self) -> Transformer:
        return self.attention_only(self.symbols, self.length)

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        blocks = rng.permuted(np.tile(np.arange(self.symbols), (count, 1)), axis=1)
        periods = rng.integers(self.shortest, self.longest + 1, (count, 1))
        places = np.arange(self.length)
        return np.take_along_axis(blocks, places % periods, axis=1), places > periods
