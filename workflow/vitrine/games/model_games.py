"""The games of a transformer: players of an instance are tokens, absent players are left out."""

import numpy as np
import torch
from torch import Tensor

from vitrine.data.examples import Examples
from vitrine.models.inference import players_within, run
from vitrine.models.transformer import Transformer


def target_value(logits: Tensor, target: Tensor, ranking: bool) -> Tensor:
    """Value of the explained target.

    Args:
        logits: float [batch, outputs].
        target: int64 [batch], class or item.
        ranking: whether the outputs are items to rank.

    Returns:
        float64 [batch]: for classes the log-odds of the target against all other classes together,
        log(p / (1 - p)); for items the target's score.
    """
    logits = logits.double()
    own = logits.gather(1, target[:, None])[:, 0]
    if ranking:
        return own
    others = logits.scatter(1, target[:, None], -torch.inf)
    return own - others.logsumexp(dim=1)


def probability(log_odds: np.ndarray) -> np.ndarray:
    """The probability p of a log-odds log(p / (1 - p)), without overflow."""
    return np.exp(-np.logaddexp(0.0, -log_odds))


class ModelGames:
    """One game per instance: the target's value when only some of its players are present.

    Implements `vitrine.games.evaluator.Games`. Removal is *absence*: a removed player is not among
    the tokens, the others keep their positions.
    """

    def __init__(
        self, model: Transformer, examples: Examples, targets: np.ndarray, megabytes: int = 256
    ) -> None:
        """Make the games.

        Args:
            model: in evaluation mode.
            examples: the instances.
            targets: int64 [n], the explained class or item of each instance.
            megabytes: memory budget of a batch.
        """
        self.model = model
        self.examples = examples
        self.targets = targets
        self._batch = players_within(model, megabytes)

    @property
    def players(self) -> np.ndarray:
        """int64 [n]."""
        return self.examples.lengths

    def value(self, game: np.ndarray, members: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """See `Games.value`."""
        flat = members + np.repeat(self.examples.offsets[game], lengths)
        targets = torch.from_numpy(self.targets[game])

        def read(logits: Tensor, rows: np.ndarray) -> np.ndarray:
            target = targets[rows].to(logits.device)
            return target_value(logits, target, self.model.shape.causal).cpu().numpy()

        return run(self.model, self.examples, flat, lengths, read, players=self._batch)

    def name(self, game: int) -> str:
        """See `Games.name`."""
        return f"instance {self.examples.instance[game]}"
