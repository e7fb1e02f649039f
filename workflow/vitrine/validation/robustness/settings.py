"""How much the robustness of explanations is checked."""

from pydantic import Field

from vitrine.section import Section


class RobustnessSettings(Section):
    """Whether explanations stay as they were."""

    instances: int = Field(
        default=4,
        ge=1,
        le=1_000_000,
        description="Test instances, of those explained, that are explained again for the checks "
        "of robustness and sanity, spread evenly from short to long. They take most of the time of "
        "validation, which grows in proportion; four show a failure, thirty give narrow intervals.",
    )
    seeds: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Further random seeds of `shap` and `lime`. One shows whether they are stable, "
        "five measure it.",
    )
    draws: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Small changes of each instance: a word or film dropped, pixels with noise, a "
        "field moved. Max-sensitivity is the largest effect of them.",
    )
    change: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Size of these changes: deviation of the pixels' noise, as a share of the "
        "deviation of the training pixels, or of a field's move, as a share of the training rows "
        "that it passes. Texts and histories lose one player whatever it is.",
    )
