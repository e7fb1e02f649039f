"""Induction heads and their causal role (Olsson et al. 2022, arXiv 2209.11895)."""

from dataclasses import dataclass

from vitrine.emergence.abilities.markov import Markov


@dataclass(frozen=True, kw_only=True)
class Heads(Markov):
    """Chains of more symbols: counts are sparse, so one head that looks up pairs stands out."""
