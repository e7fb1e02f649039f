"""A random ranking: the floor that every method has to beat."""

from vitrine.attribution.method import Method

METHOD = Method(
    name="random",
    order=70,
    implementation="vitrine.attribution.methods.random.random_ranking",
    cost="2",
    sampled=True,
    is_floor=True,
)
