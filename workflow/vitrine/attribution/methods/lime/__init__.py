"""LIME: a weighted linear surrogate around an instance (Ribeiro, Singh & Guestrin 2016)."""

from typing import Literal

from pydantic import Field

from vitrine.attribution.method import Budget, Method
from vitrine.section import Section


class LimeSettings(Section):
    """A weighted linear surrogate around the instance."""

    samples: int = Field(
        default=512,
        ge=16,
        description="Model evaluations per instance; the maximum if `tolerance` is set. Raise it "
        "until the reported stability is high. About ten per feature is a good start.",
    )
    tolerance: float = Field(
        default=0.0,
        ge=0,
        lt=0.5,
        description="Maximum probability, over adjacent pairs of the five leading features, that "
        "another sample would swap the pair. Samples are drawn in rounds until it is "
        "reached. 0.05 is strict; 0 draws all `samples` at once.",
    )
    selection: Literal["none", "auto", "forward", "highest", "lasso"] = Field(
        default="none",
        description="Feature selection of the linear surrogate. `none` keeps all features. The "
        "others keep the best `features` features, as in the lime package, and set "
        "the rest to zero, which gives short, readable lists.",
    )
    features: int = Field(
        default=10,
        ge=1,
        description="Maximum number of features that `selection` keeps; not used with `none`.",
    )


class LimeOptions(LimeSettings):
    """The settings of one run: those of the configuration, and what the user does not set.

    Attributes:
        samples: coalitions drawn, the full one included; with a tolerance, the most. Validation
            may choose a share of the configured number, so its lower bound does not hold here.
        kernel_width: factor of the domain's kernel width, which validation chooses.
        replicates: resamples behind the two stabilities, which are left out where it is 0.
    """

    samples: int = 512
    kernel_width: float = 1.0
    replicates: int = 10


METHOD = Method(
    name="lime",
    order=20,
    implementation="vitrine.attribution.methods.lime.lime",
    cost="`explanation.lime.samples` + 1",
    sampled=True,
    settings=LimeSettings,
    tuned=LimeOptions,
    budget=Budget("samples", 1),
    repetition={"replicates": 0},
)
