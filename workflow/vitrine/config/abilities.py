"""The section of the configuration on abilities, derived from their descriptors."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, create_model

from vitrine.emergence.registry import ABILITIES
from vitrine.section import Section, unique

if TYPE_CHECKING:
    AbilityName = str
else:
    AbilityName = Literal[tuple(ABILITIES)]


class AbilitySelection(Section):
    """Which abilities are trained, and how all of them are measured."""

    run: Annotated[
        list[AbilityName],
        Field(min_length=0, json_schema_extra={"uniqueItems": True}),
        AfterValidator(unique),
    ] = Field(
        default=[ability.name for ability in ABILITIES.values() if ability.in_default_run],
        description="Abilities to train; an empty list trains none.",
    )
    measurements: int = Field(
        default=20,
        ge=2,
        le=10_000,
        description="Number of measurements during each training. More locate the step of "
        "emergence more precisely and take more time.",
    )
    final_predictions: int = Field(
        default=10_000,
        ge=100,
        le=10_000_000,
        description="Minimum number of test predictions for the saved checkpoints: start, "
        "emergence and end. It limits the resolution of accuracies.",
    )
    success: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Threshold of success: a training run succeeds if its score reaches this "
        "share of the distance from the reference predictor, which lacks the ability, to the "
        "optimum.",
    )
    probed_instances: int = Field(
        default=600,
        ge=20,
        le=1_000_000,
        description="Number of test instances per study for probing the layers of its models and "
        "for measuring the value of context.",
    )


_sections: dict[str, Any] = {
    ability.name: (
        ability.section,
        Field(default_factory=ability.section, description=ability.description),
    )
    for ability in ABILITIES.values()
}

if TYPE_CHECKING:
    AbilitiesSettings = AbilitySelection
else:
    AbilitiesSettings = create_model(
        "AbilitiesSettings",
        __base__=AbilitySelection,
        __module__=__name__,
        __doc__="Abilities with a known theoretical optimum.",
        **_sections,
    )
