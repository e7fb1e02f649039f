"""Small square images: the features are patches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from vitrine.data.domains.domain import Domain, Neighbourhood, TrainingRecipe
from vitrine.data.own_data import LABEL, Column, OwnData

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from vitrine.data.encoding import Encoding, Players
    from vitrine.data.examples import Examples
    from vitrine.data.settings import StudyData


class ImageData(OwnData):
    """Greyscale images of one size; colour images are converted."""

    domain: Literal["image"] = Field(
        description="`image`: a small image and its class, a file each or a row on the `hub`."
    )
    image: Column = Field(
        default="image", description="Column with the image, for a dataset on the `hub`."
    )
    label: Column = LABEL
    size: int | None = Field(
        default=None,
        ge=2,
        le=64,
        description="Side length in pixels to which images are resized. Without it, images must "
        "be square and of one size.",
    )
    patch: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Side length in pixels of the patches (features) of an image; must divide "
        "the side length of the image. Time grows with the square of the number of patches; 16 "
        "to 64 patches give readable explanations.",
    )


@dataclass(frozen=True, kw_only=True)
class ImageDomain(Domain):
    """See `vitrine.data.domains.image.encoding`."""

    def fit(
        self, study: str, train: pd.DataFrame, classes: list[str], settings: StudyData
    ) -> Encoding:
        """See `Domain.fit`."""
        from vitrine.data.domains.image.encoding import fit

        return fit(study, train, classes, settings)

    def encode(self, frame: pd.DataFrame, encoding: Encoding) -> Players:
        """See `Domain.encode`."""
        from vitrine.data.domains.image.encoding import encode

        return encode(frame, encoding)

    def names(self, frame: pd.DataFrame, encoding: Encoding, folder: Path) -> list[list[str]]:  # noqa: ARG002
        """Row and column of each patch."""
        from vitrine.data.domains.image.encoding import names

        return names(frame, encoding)

    def unknown_ids(self, examples: Examples, encoding: Encoding) -> np.ndarray:  # noqa: ARG002
        """Every patch has the same id; without features it is a patch of the mean grey."""
        return examples.ids

    def small_change(
        self,
        examples: Examples,
        encoding: Encoding,  # noqa: ARG002
        size: float,
        rng: np.random.Generator,
    ) -> tuple[Examples, list[np.ndarray]]:
        """Gaussian noise on every pixel; ``size`` is its deviation in those of training pixels."""
        from vitrine.data.changes import add_noise

        return add_noise(examples, size, rng)


DOMAIN = ImageDomain(
    name="image",
    order=4,
    task="classification",
    own_data=ImageData,
    neighbourhood=Neighbourhood("coin", "cosine", 1.0, 0.25),
    panel="patches",
    pipeline_tag="image-classification",
    splits=("random",),
    hub_splits=("given",),
    fixed_players=True,
    pretrained="patches",
    training=TrainingRecipe(
        steps=3000,
        settings={
            "learning_rate": 0.006,
            "weight_decay": 0.1,
            "dropout": 0.2,
            "token_dropping": 0.5,
        },
    ),
)
