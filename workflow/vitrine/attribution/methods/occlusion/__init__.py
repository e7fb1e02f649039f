"""Leave-one-out occlusion (Zeiler & Fergus 2014)."""

from vitrine.attribution.method import Method

METHOD = Method(
    name="occlusion",
    order=30,
    implementation="vitrine.attribution.methods.occlusion.occlusion",
    cost="n + 2",
)
