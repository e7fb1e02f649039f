"""The verdict of the validation, in words."""

from dataclasses import dataclass
from typing import Any

from vitrine.report.text import wording
from vitrine.report.text.language import say


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
        measure = wording.measure(facts["measure"]).lower()
        figures = say(
            "verdict.figures",
            measure=measure,
            mean=own,
            interval=wording.interval(facts["low"], facts["high"]),
            n=wording.count(facts["n"]),
        )
        if facts["random"] is not None:
            figures += say("verdict.against", value=wording.number(facts["random"]))
        if self.too_few:
            return say(
                "verdict.too_few",
                n=wording.count(facts["n"]),
                p=wording.number(facts["least_p"]),
                pairs=wording.count(facts["pairs"]),
                method=name,
                figures=figures,
            )
        if not self.trusted:
            return say("verdict.none", method=name, figures=figures)
        return say("verdict.best", method=name, figures=figures)

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
            found.append(say("verdict.beats", methods=_names(beaten)))
        found += [
            say(
                "verdict.beats_not",
                method=_name(name),
                difference=wording.signed(one["difference"], 3),
                interval=wording.interval(one["low"], one["high"]),
                p=wording.number(one["p_holm"]),
            )
            for name, one in rivals.items()
            if not one["beaten"]
        ]
        others = [name for name in facts["tied"] if name not in rivals]
        if others:
            found.append(say("verdict.tied", methods=_names(others)))
        if self.trusted and facts["no_better_than_chance"]:
            found.append(say("verdict.chance", methods=_names(facts["no_better_than_chance"])))
        if facts["hopeless"]:
            found.append(
                say(
                    "verdict.hopeless",
                    some=wording.count(facts["hopeless"]),
                    n=wording.count(facts["n"]),
                )
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
            "faithful_sentence": wording.sentences([self.sentence, *self.details]),
        }


def _name(method: str) -> str:
    """A method's title within a sentence."""
    return say("verdict.the_random") if method == "random" else wording.method(method)


def _names(methods: list[str]) -> str:
    return wording.names([_name(method) for method in methods])
