"""Attention rollout (Abnar & Zuidema 2020)."""

from vitrine.attribution.method import Method

METHOD = Method(
    name="rollout",
    order=60,
    implementation="vitrine.attribution.methods.rollout.rollout",
    cost="3",
    signed=False,
    own_units=True,
)
