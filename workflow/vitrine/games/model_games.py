"""The games of a transformer: the target's value when only some players are there."""

import numpy as np
import torch
from torch import Tensor

from vitrine.data.examples import Examples
from vitrine.games.removal import Absent, Removal
from vitrine.games.values import SCORE, kind_for, target_value
from vitrine.models.inference import players_within, run
from vitrine.models.packing import Tokens
from vitrine.models.transformer import Transformer


class ModelGames:
    """One game per instance. Implements `vitrine.games.evaluator.Games`.

    With a removal of several draws a coalition counts as one evaluation, though the model runs
    once per draw; its value is the mean of the values, so log-odds are averaged as log-odds.
    """

    def __init__(
        self,
        model: Transformer,
        examples: Examples,
        targets: np.ndarray,
        megabytes: int = 256,
        *,
        value: str = "log_odds",
        removal: Removal | None = None,
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
        self.removal = removal or Absent(examples)
        self._batch = players_within(model, megabytes)

    @property
    def players(self) -> np.ndarray:
        """int64 [n]."""
        return self.examples.lengths

    def value(self, game: np.ndarray, members: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """See `Games.value`."""
        total, draws = np.zeros(len(game)), np.zeros(len(game))
        for which, flat, sizes in self.removal.rows(game, members, lengths):
            targets = torch.from_numpy(self.targets[game[which]])

            def apply(tokens: Tokens, rows: np.ndarray, targets: Tensor = targets) -> np.ndarray:
                return self._apply(tokens, targets[rows].to(tokens.ids.device)).cpu().numpy()

            contents = self.removal.examples
            total[which] += run(self.model, contents, flat, sizes, apply, players=self._batch)
            draws[which] += 1
        return total / draws

    def _apply(self, tokens: Tokens, targets: Tensor) -> Tensor:
        state = self.model.read(self.model.states(tokens), tokens)
        if self.kind == SCORE:
            # One dot product instead of the scores of the whole vocabulary.
            return self.model.score(state, targets).double()
        return target_value(self.model.scores(state), targets, self.kind)

    def name(self, game: int) -> str:
        """See `Games.name`."""
        return f"instance {self.examples.instance[game]}"
