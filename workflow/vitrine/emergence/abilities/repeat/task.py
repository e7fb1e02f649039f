"""Repeated random tokens (Olsson et al. 2022): continue a block that occurred before."""

import numpy as np

from vitrine.emergence.abilities.repeat import RepeatSettings
from vitrine.emergence.induction import LookupTask
from vitrine.evaluation.progress import Anchors
from vitrine.models.transformer import Transformer


class Repeat(LookupTask[RepeatSettings]):
    """A block of distinct symbols is repeated; its length differs from row to row.

    A fixed period could be learned as a distance, by a single layer. From the second symbol of the
    first repetition on every symbol is certain; without the ability the best answer is a guess
    among the symbols of the block.
    """

    def anchors(self) -> Anchors:
        periods = np.arange(self.settings.shortest, self.settings.longest + 1)
        certain = self.settings.length - periods - 1
        guess = float((certain / periods).sum() / certain.sum())
        return Anchors("accuracy", guess, 1.0, {"any symbol": 1 / self.settings.symbols})

    @property
    def predictions(self) -> int:
        return self.settings.length - self.settings.longest - 1

    def build(self) -> Transformer:
        return self.attention_only(self.settings.symbols, self.settings.length)

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        settings = self.settings
        blocks = rng.permuted(np.tile(np.arange(settings.symbols), (count, 1)), axis=1)
        periods = rng.integers(settings.shortest, settings.longest + 1, (count, 1))
        places = np.arange(settings.length)
        return np.take_along_axis(blocks, places % periods, axis=1), places > periods


TASK = Repeat
