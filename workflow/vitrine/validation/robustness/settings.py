"""How much the robustness of explanations is checked."""

from pydantic import Field

from vitrine.section import Section


class RobustnessSettings(Section):
    """Robustness of the explanations."""

    instances: int = Field(
        default=12,
        ge=1,
        le=1_000_000,
        description="Number of explained test instances that are explained again for the "
        "robustness and sanity checks, spread evenly from short to long. These checks"
        " take much of the validation time, which grows in proportion. Fewer than 10"
        " instances allow no conclusion; thirty give narrow intervals.",
    )
    seeds: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Additional random seeds for `shap` and `lime`. One indicates whether they "
        "are stable, five measure it.",
    )
    draws: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Number of small perturbations per instance: one word or item removed, noise "
        "on pixels, or one field shifted. Max-sensitivity is the largest effect among"
        " them.",
    )
    change: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Size of the perturbations: for images the standard deviation of the noise, "
        "relative to that of the training pixels; for tables the shift of a field, as"
        " a share of the training rows. Texts and histories always lose one feature.",
    )
