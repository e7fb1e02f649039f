"""How explanations are validated: the section ``validation``."""

from pydantic import Field

from vitrine.section import Section
from vitrine.validation.calibration.settings import RemovalCheckSettings
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.randomisation.settings import SanitySettings
from vitrine.validation.robustness.settings import RobustnessSettings


class _Seeded(Section):
    """The first key of the section, before those of the measures."""

    seed: int = Field(default=0, ge=0, description="Seed of everything drawn while validating.")


# Of several bases the fields of the last come first.
class ValidationSettings(FaithfulnessSettings, _Seeded):
    """How explanations are tested against what the model does."""

    removal: RemovalCheckSettings = Field(
        default_factory=RemovalCheckSettings,
        description="Whether the model knows inputs from which players have gone.",
    )
    robustness: RobustnessSettings = Field(
        default_factory=RobustnessSettings, description="Whether explanations stay as they were."
    )
    sanity: SanitySettings = Field(
        default_factory=SanitySettings,
        description="Whether explanations depend on what the model has learned.",
    )

    @property
    def faithfulness(self) -> FaithfulnessSettings:
        """The keys that the measures of faithfulness read."""
        return FaithfulnessSettings(
            **self.model_dump(include=set(FaithfulnessSettings.model_fields))
        )
