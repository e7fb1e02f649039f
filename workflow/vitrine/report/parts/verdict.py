"""The verdict of the validation, in words."""

from dataclasses import dataclass
from typing import Any

from vitrine.report.methods import is_floor
from vitrine.report.text import wording
from vitrine.report.text.language import say


@dataclass(frozen=True)
class Verdict:
    """What ``verdict.json`` says (see `vitrine.validation.verdict.judge`)."""

    facts: dict[str, Any]

    @property
    def method(self) -> str:
        """The method that led on validation."""
        method: str = self.facts["method"]
        return method

    @property
    def too_few(self) -> bool:
        """Whether there are too few instances for any test to tell methods apart."""
        return bool(self.facts["too_few"])

    @property
    def trusted(self) -> bool:
        """Whether that method is better than chance on test."""
        return self.method not in self.facts["no_better_than_chance"]

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        facts = self.facts
        name, mean = wording.method_title(self.method), wording.format_number(facts["mean"])
        measure = wording.measure_title(facts["measure"]).lower()
        figures = say(
            "verdict.figures",
            measure=measure,
            mean=mean,
            interval=wording.format_interval(facts["low"], facts["high"]),
            n=wording.format_count(facts["n"]),
        )
        if facts["random"] is not None:
            figures += say("verdict.against", value=wording.format_number(facts["random"]))
        if self.too_few:
            return say(
                "verdict.too_few",
                n=wording.format_count(facts["n"]),
                p=wording.format_number(facts["least_p"]),
                pairs=wording.format_count(facts["pairs"]),
                method=name,
                figures=figures,
            )
        if not self.trusted:
            return say("verdict.none", method=name, figures=figures)
        return say("verdict.best", method=name, figures=figures)

    @property
    def details(self) -> list[str]:
        """Which methods it beats, which are not clearly behind it, and where no method is trusted.

        One sentence each; empty where there is nothing to say or the instances are too few.
        """
        facts = self.facts
        if self.too_few:
            return []
        rivals = facts["rivals"]
        beaten = [name for name, rival in rivals.items() if rival["beaten"]]
        sentences = []
        if beaten:
            sentences.append(say("verdict.beats", methods=_join_methods(beaten)))
        sentences += [
            say(
                "verdict.beats_not",
                method=_name_in_sentence(name),
                difference=wording.format_signed(rival["difference"], 3),
                interval=wording.format_interval(rival["low"], rival["high"]),
                p=wording.format_number(rival["p_holm"]),
            )
            for name, rival in rivals.items()
            if not rival["beaten"]
        ]
        others = [name for name in facts["tied"] if name not in rivals]
        if others:
            sentences.append(say("verdict.tied", methods=_join_methods(others)))
        if self.trusted and facts["no_better_than_chance"]:
            sentences.append(
                say("verdict.chance", methods=_join_methods(facts["no_better_than_chance"]))
            )
        if facts["hopeless"]:
            sentences.append(
                say(
                    "verdict.hopeless",
                    some=wording.format_count(facts["hopeless"]),
                    n=wording.format_count(facts["n"]),
                )
            )
        return sentences

    def entry(self) -> dict[str, Any]:
        """Its part of the entry in ``headline.json``."""
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
            "faithful_sentence": wording.join_sentences([self.sentence, *self.details]),
        }


def _name_in_sentence(method: str) -> str:
    """A method's title within a sentence."""
    return say("verdict.the_random") if is_floor(method) else wording.method_title(method)


def _join_methods(methods: list[str]) -> str:
    return wording.join_names([_name_in_sentence(method) for method in methods])
