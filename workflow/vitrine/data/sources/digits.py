"""Handwritten digits."""

from vitrine.data.sources.source import DataSource

SOURCE = DataSource(
    name="digits",
    order=2,
    package="scikit-learn",
    version="1.9.1",
    items="load_digits",
    domain="image",
    splits=("random",),
    players=16,
    description=(
        "Handwritten digits, 8x8 pixels of 0 to 16: a copy of the test part of the "
        "UCI set Optical Recognition of Handwritten Digits. Origin: "
        "https://archive.ics.uci.edu/dataset/80"
    ),
    classes=tuple("0123456789"),
    rows=1797,
    columns=(*(f"pixel_{i:02d}" for i in range(64)), "label"),
    digest="5788ee1daa09bf53331d6243d8eaed69b565b01fb7dde7d82b54ec98ac80ccb4",
)
