"""Associative recall: which value came with this key?"""

import numpy as np

from vitrine.emergence.abilities.recall import RecallSettings
from vitrine.emergence.induction import LookupTask
from vitrine.evaluation.progress import Anchors
from vitrine.models.transformer import Transformer


class Recall(LookupTask[RecallSettings]):
    """Pairs of a key and a value, then as many queries: keys drawn anew, with values to recall.

    Keys and values are distinct, from twice as many as there are pairs. Queries are drawn
    independently, so that to a predictor that does not use the key each value of the context is
    equally likely: its best answer is any of them, and its loss is ln of the number of pairs.
    """

    def anchors(self) -> Anchors:
        return Anchors(
            "accuracy", 1 / self.settings.pairs, 1.0, {}, predictor="a value of the context"
        )

    @property
    def predictions(self) -> int:
        return self.settings.pairs

    def build(self) -> Transformer:
        return self.attention_only(4 * self.settings.pairs, 4 * self.settings.pairs)

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        half = 2 * self.settings.pairs
        candidates = np.tile(np.arange(half), (count, 1))
        keys = rng.permuted(candidates, axis=1)[:, : self.settings.pairs]
        values = rng.permuted(candidates, axis=1)[:, : self.settings.pairs] + half
        queried = rng.integers(0, self.settings.pairs, keys.shape)
        ids = np.empty((count, 2 * half), dtype=np.int64)
        ids[:, 0:half:2], ids[:, 1:half:2] = keys, values
        ids[:, half::2] = np.take_along_axis(keys, queried, axis=1)
        ids[:, half + 1 :: 2] = np.take_along_axis(values, queried, axis=1)
        scored = np.zeros(ids.shape, dtype=bool)
        scored[:, half + 1 :: 2] = True
        return ids, scored


TASK = Recall
