"""Stage `emergence`: curves of all abilities to breakpoints, success rates, fits and verdicts."""

from vitrine.emergence.summary import analyse_abilities as analyse

__all__ = ["analyse"]
