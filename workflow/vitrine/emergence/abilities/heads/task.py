"""Induction heads and their causal role (Olsson et al. 2022, arXiv 2209.11895)."""

from vitrine.emergence.abilities.markov.task import Markov


class InductionHeads(Markov):
    """Chains of more symbols: counts are sparse, so one head that looks up pairs stands out."""


TASK = InductionHeads
