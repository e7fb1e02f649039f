"""What every model offers, whoever trained it."""

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn

from vitrine.data.encoding import Encoding, Players
from vitrine.models.packing import Tokens


class Model(nn.Module, ABC):
    """A transformer that scores classes or items from the players of an instance.

    A player is one token or several; before them stands at least one that is always there.

    Attributes:
        shape: its architecture: ``layers``, ``heads``, ``width``, ``outputs`` (0 = it scores its
            vocabulary), ``causal``, ``readout``, ``tokens_per_player``.
        blocks: one module per layer. The ends of their hook points' names are ``hook_pattern``
            (attention weights), ``hook_z`` (heads' outputs) and ``hook_residual`` (the stream).
        parity: of a pretrained model, how far its results were from those of ``transformers`` when
            it was loaded (`vitrine.models.pretrained.parity.Parity`); None for one of ours.
    """

    shape: Any
    blocks: nn.ModuleList
    parity: Any = None

    @property
    @abstractmethod
    def hook_hidden(self) -> str:
        """The end of the names of the modules that the hidden units of the MLPs leave."""

    def check_parity(self) -> None:
        """Compare a pretrained model on the CPU with what ``transformers`` computes itself.

        Raises:
            ValueError: their results differ.
        """

    def encode(self, frame: Any, encoding: Encoding) -> Players | None:  # noqa: ARG002
        """The players of the rows of a table, where they are not those of the domain."""
        return None

    @abstractmethod
    def embedded(self, tokens: Tokens) -> Tensor:
        """The stream that enters the first block, float [batch, tokens, width]."""

    @abstractmethod
    def states(
        self, tokens: Tokens, gates: Tensor | None = None, presence: Tensor | None = None
    ) -> Tensor:
        """Final states, float [batch, tokens, width]; for the arguments see `forward`."""

    @abstractmethod
    def read(self, states: Tensor, tokens: Tokens, presence: Tensor | None = None) -> Tensor:
        """The state that is classified: [batch, tokens, width] to [batch, width]."""

    @abstractmethod
    def readout_weights(self, tokens: Tokens, presence: Tensor | None = None) -> Tensor:
        """How much each player's final states count: float [batch, 1 + players], rows sum to 1."""

    @abstractmethod
    def scores(self, states: Tensor) -> Tensor:
        """Logits of states: float [..., width] to [..., classes or vocabulary]."""

    @abstractmethod
    def score(self, states: Tensor, outputs: Tensor) -> Tensor:
        """One logit per state: float [batch, width] and int64 [batch] to float [batch]."""

    def by_player(self, values: Tensor, tokens: Tokens) -> Tensor:  # noqa: ARG002
        """Values of tokens as values of players: [batch, tokens, ...] to [batch, 1 + players, ...].

        The first are those of the tokens that are always there.
        """
        return values

    def maps_by_player(self, maps: Tensor, tokens: Tokens) -> Tensor:  # noqa: ARG002
        """Attention between tokens as attention between players, [..., tokens, tokens]."""
        return maps

    def forward(
        self, tokens: Tokens, gates: Tensor | None = None, presence: Tensor | None = None
    ) -> Tensor:
        """Logits of a batch.

        Args:
            tokens: the batch.
            gates: optional float [batch, players] factor on each player's embedding; the gradient
                with respect to a gate at 1 is gradient x input of that player.
            presence: optional float [batch, players] in [0, 1], how much each player is there: a
                factor on the attention that it gets and on its part in the state that is read. At
                1 it is present, at 0 absent.

        Returns:
            float [batch, classes], or [batch, vocabulary] when ``outputs`` is 0.
        """
        return self.scores(self.read(self.states(tokens, gates, presence), tokens, presence))
