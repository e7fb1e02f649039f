"""Associative recall: which value came with this key?"""

from dataclasses import dataclass

import numpy as np

from vitrine.emergence.ability import Anchors
from vitrine.emergence.induction import Lookup
from vitrine.models.transformer import Transformer


@dataclass(frozen=True, kw_only=True)
class Recall(Lookup):
    """Pairs of a key and a value, then as many keys, each drawn anew, with their values to recall.

    Keys and values are distinct, from twice as many as there are pairs. Without the ability one of
    the values that were shown is guessed: the loss is then ln of the number of pairs.
    """

    pairs: int

    def anchors(self) -> Anchors:
        return Anchors("accuracy", 1 / self.pairs, 1.0, {})

    @property
    def predictions(self) -> int:
        return self.pairs

    def build(self) -> Transformer:
        return self.attention_only(4 * self.pairs, 4 * self.pairs)

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        half = 2 * self.pairs
        several = np.tile(np.arange(half), (count, 1))
        keys = rng.permuted(several, axis=1)[:, : self.pairs]
        values = rng.permuted(several, axis=1)[:, : self.pairs] + half
        asked = rng.integers(0, self.pairs, keys.shape)
        ids = np.empty((count, 2 * half), dtype=np.int64)
        ids[:, 0:half:2], ids[:, 1:half:2] = keys, values
        ids[:, half::2] = np.take_along_axis(keys, asked, axis=1)
        ids[:, half + 1 :: 2] = np.take_along_axis(values, asked, axis=1)
        scored = np.zeros(ids.shape, dtype=bool)
        scored[:, half + 1 :: 2] = True
        return ids, scored
