"""Generated texts with planted reasons."""

from vitrine.data.sources.source import DataSource

SOURCE = DataSource(
    name="planted",
    order=5,
    package="numpy",
    version="2.4.6",
    items="random.default_rng, from which vitrine/data/readers/planted.py makes texts",
    domain="text",
    splits=("random",),
    description=(
        "Made-up texts of filler words in which one or three known words decide the label "
        "by majority, or, in three of ten, a mark alone that goes with the label: a "
        "shortcut. Their places are known, so explanations can be held against them."
    ),
    classes=("negative", "positive"),
    rows=1500,
    columns=("text", "label", "kind", "reasons"),
    digest="bbf95047e22c54d4137c32aefbf3a731e3131f0fe3a44f06c8ea7a90388da8d4",
)
