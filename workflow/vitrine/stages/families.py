"""Stage `families`: what models of a family learn from their context, against their size."""

from vitrine.language.analyse_family import analyse_family

__all__ = ["analyse_family"]
