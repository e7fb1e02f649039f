"""Gradient x input (Shrikumar et al. 2016; Denil et al. 2014)."""

from vitrine.attribution.method import Method

METHOD = Method(
    name="gradient",
    order=40,
    implementation="vitrine.attribution.methods.gradient.gradient_times_input",
    cost="2, and one backward pass",
    gradients=True,
)
