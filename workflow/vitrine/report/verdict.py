"""The verdict of the validation, in words."""

from dataclasses import dataclass
from typing import Any

from vitrine.report import wording
from vitrine.validation.registry import MEASURES


@dataclass(frozen=True)
class Verdict:
    """What ``verdict.json`` says (see `vitrine.validation.verdict.judge`)."""

    facts: dict[str, Any]

    @property
    def method(self) -> str:
        """The method that led on validation."""
        return self.facts["method"]

    @property
    def too_few(self) -> bool:
        """Whether there are too few instances for any test to tell methods apart."""
        return self.facts["too_few"]

    @property
    def trusted(self) -> bool:
        """Whether that method is better than chance on test."""
        return self.method not in self.facts["no_better_than_chance"]

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        facts = self.facts
        name, own = wording.method(self.method), wording.number(facts["mean"])
        measure = MEASURES[facts["measure"]].title.lower()
        figures = (
            f"{measure} {own} on test ({wording.interval(facts['low'], facts['high'])}, "
            f"n = {wording.count(facts['n'])})"
        )
        if facts["random"] is not None:
            figures += f", against {wording.number(facts['random'])} for a random ranking"
        if self.too_few:
            return (
                f"Too few instances to tell which method can be trusted: even one that is better "
                f"on all {wording.count(facts['n'])} reaches only p = "
                f"{wording.number(facts['least_p'])} (Wilcoxon, Holm over "
                f"{wording.count(facts['pairs'])} pairs). Best on validation is {name}: {figures}."
            )
        if not self.trusted:
            return (
                f"No method can be trusted here: even {name}, the best on validation, does not "
                f"beat a random ranking beyond the interval ({figures})."
            )
        return f"{name} is the most faithful method: {figures}."

    @property
    def details(self) -> list[str]:
        """Whom the method beats, what is not clearly behind it, and where nothing is to be trusted.

        One sentence each; empty where there is nothing to say, or too few instances to say it.
        """
        facts = self.facts
        if self.too_few:
            return []
        rivals = facts["rivals"]
        beaten = [name for name, one in rivals.items() if one["beaten"]]
        found = []
        if beaten:
            found.append(f"It beats {_names(beaten)} beyond the interval.")
        found += [
            f"It does not beat {_name(name)} beyond the interval: the difference is "
            f"{wording.signed(one['difference'], 3)} ({wording.interval(one['low'], one['high'])}; "
            f"p = {wording.number(one['p_holm'])} after Holm)."
            for name, one in rivals.items()
            if not one["beaten"]
        ]
        others = [name for name in facts["tied"] if name not in rivals]
        if others:
            found.append(f"Not clearly behind it: {_names(others)}.")
        if self.trusted and facts["no_better_than_chance"]:
            found.append(f"No better than chance: {_names(facts['no_better_than_chance'])}.")
        if facts["hopeless"]:
            found.append(
                f"On {wording.count(facts['hopeless'])} of {wording.count(facts['n'])} instances "
                "no method does better than chance: none is to be trusted there."
            )
        return found

    def entry(self) -> dict[str, Any]:
        """What ``headline.json`` says of it."""
        facts = self.facts
        return {
            "faithful_method": self.method,
            "faithful_measure": facts["measure"],
            "faithful_trusted": self.trusted,
            "faithful_too_few": self.too_few,
            "faithful_value": facts["mean"],
            "faithful_low": facts["low"],
            "faithful_high": facts["high"],
            "faithful_n": facts["n"],
            "random_value": facts["random"],
            "faithful_sentence": " ".join([self.sentence, *self.details]),
        }


def _name(method: str) -> str:
    """A method's title within a sentence."""
    title = wording.method(method)
    return f"the {title.lower()}" if method == "random" else title


def _names(methods: list[str]) -> str:
    *first, last = [_name(method) for method in methods]
    return f"{', '.join(first)} and {last}" if first else last
