"""How explanations are validated: the section ``validation``."""

from pydantic import Field

from vitrine.section import Section
from vitrine.validation.calibration.settings import RemovalCheckSettings
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.randomisation.settings import SanitySettings
from vitrine.validation.robustness.settings import RobustnessSettings


class _Seeded(Section):
    """The first key of the section, before those of the measures."""

    seed: int = Field(default=0, ge=0, description="Random seed of the validation.")


# Of several bases the fields of the last come first.
class ValidationSettings(FaithfulnessSettings, _Seeded):
    """How explanations are validated against the behaviour of the model."""

    removal: RemovalCheckSettings = Field(
        default_factory=RemovalCheckSettings,
        description="Calibration of the model under feature removal.",
    )
    robustness: RobustnessSettings = Field(
        default_factory=RobustnessSettings, description="Robustness of the explanations."
    )
    sanity: SanitySettings = Field(
        default_factory=SanitySettings,
        description="Randomisation sanity checks: whether explanations depend on the learned "
        "parameters and labels.",
    )

    @property
    def faithfulness(self) -> FaithfulnessSettings:
        """The keys that the measures of faithfulness read."""
        return FaithfulnessSettings(
            **self.model_dump(include=set(FaithfulnessSettings.model_fields))
        )
