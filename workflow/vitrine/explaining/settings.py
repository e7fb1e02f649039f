"""Which instances are explained, and by which game, as the configuration says."""

from dataclasses import dataclass, replace

from vitrine.reads import key

# The removal that is chosen on validation.
AUTO = "auto"
# The value function that validation measures classifiers by, whatever is attributed.
MEASURED = "log_odds"


@dataclass(frozen=True)
class InstanceSettings:
    """Which instances are explained.

    Attributes:
        instances: how many of each split.
        target: "predicted", or the class that is explained in every instance.
        seed: base seed of the choice, and of the methods.
    """

    instances: int = key("explanation.instances")
    target: str = key("explanation.target")
    seed: int = key("explanation.seed")


@dataclass(frozen=True)
class RemovalSettings:
    """What a removed feature becomes.

    Attributes:
        removal: its kind; ``auto`` before it is resolved.
        background: training rows that the removal ``background`` averages over.
        seed: draws the background, the same for all methods and for their validation.
        megabytes: memory budget of a batch.
    """

    removal: str = key("explanation.removal")
    background: int = key("explanation.background")
    seed: int = key("explanation.seed")
    megabytes: int = key("explanation.batch_memory_mb")

    def game(self, value: str = MEASURED) -> "GameSettings":
        """The game with this removal and a value function."""
        return GameSettings(self.removal, self.background, self.seed, self.megabytes, value)


@dataclass(frozen=True)
class GameSettings(RemovalSettings):
    """The game that explains a decision.

    Attributes:
        value: value function of classifiers; see `vitrine.games.values`.
    """

    value: str = key("explanation.value")

    def resolve(self, removal: str) -> "GameSettings":
        """The same with the removal that was chosen on validation."""
        return replace(self, removal=removal)

    def measured(self) -> "GameSettings":
        """The game that validation plays: log-odds, whatever is attributed."""
        return replace(self, value=MEASURED)
