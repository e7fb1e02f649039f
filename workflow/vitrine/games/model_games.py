"""The games of a model: the target's value when only some players are present."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from vitrine.data.examples import Examples
from vitrine.games.removal import FeatureRemoval, Omission
from vitrine.games.values import SCORE, kind_for, target_value
from vitrine.models.coalitions import ModelCoalitions, SharedAttention, TransformerCoalitions
from vitrine.models.inference import in_batches, players_within, rows_in
from vitrine.models.model import Model
from vitrine.models.packing import batches_by_length
from vitrine.models.transformer import Transformer

# An instance with this many coalitions shares its first attention.
MANY = 16
# Most rows in a batch of several instances.
ROWS = 4096


class ModelGames:
    """One game per instance. Implements `vitrine.games.evaluator.Games`.

    With a removal of several draws a coalition counts as one evaluation, though the model runs
    once per draw; its value is the mean of the values, so log-odds are averaged as log-odds.
    """

    def __init__(
        self,
        model: Model,
        examples: Examples,
        targets: np.ndarray,
        megabytes: int = 256,
        *,
        value: str = "log_odds",
        removal: FeatureRemoval | None = None,
    ) -> None:
        """Make the games.

        Args:
            model: in evaluation mode.
            examples: the instances.
            targets: int64 [n], the explained class or item of each instance.
            megabytes: memory budget of a batch.
            value: value function of classifiers, see `vitrine.games.values`.
            removal: made for the same instances; removed players are absent if it is not given.
        """
        self.model = model
        self.examples = examples
        self.targets = targets
        self.kind = kind_for(value, model.shape.outputs == 0)
        self.removal = removal or Omission(examples)
        self._batch = players_within(model, megabytes)
        self._coalitions: TransformerCoalitions | ModelCoalitions | None = None

    @property
    def players(self) -> np.ndarray:
        """int64 [n]."""
        return self.examples.lengths

    def value(self, game: np.ndarray, members: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """See `Games.value`."""
        if self._coalitions is None:
            examples = self.removal.examples
            self._coalitions = (
                TransformerCoalitions(self.model, examples)
                if isinstance(self.model, Transformer)
                else ModelCoalitions(self.model, examples)
            )
        total, draws = np.zeros(len(game)), np.zeros(len(game))
        for which, flat, sizes in self.removal.rows(game, members, lengths):
            total[which] += self._rows(self._coalitions, game[which], flat, sizes)
            draws[which] += 1
        return total / draws

    def _rows(
        self,
        coalitions: TransformerCoalitions | ModelCoalitions,
        game: np.ndarray,
        members: np.ndarray,
        lengths: np.ndarray,
    ) -> np.ndarray:
        """Values of rows of tokens, float64 [rows]; for the arguments see `FeatureRemoval.rows`."""
        values = np.empty(len(game))
        held = rows_in(members, lengths)
        targets = self.targets[game]
        for rows, shared in self._alike(coalitions, game):
            largest, players = ROWS, self._batch
            if shared is not None:
                # Masks times matrices give all players of the instance, not only those present.
                largest = max(1, 4 * players // len(shared.values))

            def work(
                part: np.ndarray, rows: np.ndarray = rows, shared: SharedAttention | None = shared
            ) -> np.ndarray:
                some = rows[part]
                state = coalitions.read(held(some), lengths[some], shared)
                return self._values(state, targets[some])

            for part, computed in in_batches(
                batches_by_length(lengths[rows], largest, players), work
            ):
                values[rows[part]] = computed
        return values

    def _alike(
        self, coalitions: TransformerCoalitions | ModelCoalitions, game: np.ndarray
    ) -> Iterator[tuple[np.ndarray, SharedAttention | None]]:
        """Rows that run together: those of an instance that has many, and all others."""
        counts = np.bincount(game, minlength=len(self.players))
        many = (counts >= MANY) & isinstance(self.removal, Omission)
        others = [np.flatnonzero(~many[game])]
        for number in np.flatnonzero(many):
            rows = np.flatnonzero(game == number)
            start, stop = self.examples.offsets[number : number + 2]
            shared = coalitions.shared_attention(slice(int(start), int(stop)))
            if shared is None:
                others.append(rows)
            else:
                yield rows, shared
        yield np.concatenate(others), None

    @torch.no_grad()
    def _values(self, states: Tensor, targets: np.ndarray) -> np.ndarray:
        where = torch.from_numpy(targets).to(states.device)
        if self.kind == SCORE:
            # One dot product instead of the scores of the whole vocabulary.
            return self.model.score(states, where).double().cpu().numpy()
        return target_value(self.model.scores(states), where, self.kind).cpu().numpy()

    def name(self, game: int) -> str:
        """See `Games.name`."""
        return f"instance {self.examples.instance[game]}"
