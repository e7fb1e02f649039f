"""The verdict of the validation, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vitrine.report.methods import is_floor
from vitrine.report.text import wording
from vitrine.report.text.language import say

OUTCOMES = ("better", "worse", "equivalent", "inconclusive")


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
        """Whether there are too few instances to conclude anything."""
        return bool(self.facts["too_few"])

    @property
    def chance(self) -> dict[str, Any] | None:
        """The comparison of the leading method with the random ranking, None without one."""
        found: dict[str, Any] | None = self.facts["chance"].get(self.method)
        return found

    @property
    def trusted(self) -> bool:
        """Whether the leading method is better than a random ranking on test."""
        return self.chance is not None and self.chance["outcome"] == "better"

    @property
    def outcome(self) -> str:
        """``best``, ``better``, ``worse``, ``equivalent``, ``inconclusive`` or ``too_few``.

        ``best`` is better than the random ranking and than all other methods.
        """
        if self.too_few:
            return "too_few"
        if self.chance is None:
            return "inconclusive"
        if self.trusted and all(
            one["outcome"] == "better" for one in self.facts["against"].values()
        ):
            return "best"
        outcome: str = self.chance["outcome"]
        return outcome

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        facts = self.facts
        figures = say(
            "verdict.figures",
            measure=wording.measure_title(facts["measure"]).lower(),
            mean=wording.format_number(facts["mean"]),
            interval=wording.format_interval(facts["low"], facts["high"]),
            n=wording.format_count(facts["n"]),
        )
        if facts["random"] is not None:
            figures += say("verdict.against", value=wording.format_number(facts["random"]))
        name = wording.method_title(self.method)
        if self.too_few:
            n, least = (wording.format_count(facts[key]) for key in ("n", "least"))
            return say("verdict.too_few", n=n, least=least, method=name, figures=figures)
        if self.chance is None:
            return say("verdict.no_floor", method=name, figures=figures)
        return say(
            f"verdict.{self.chance['outcome']}",
            method=name,
            figures=figures,
            comparison=_comparison(self.chance),
            margin=wording.format_number(facts["margin"], 2),
        )

    @property
    def details(self) -> list[str]:
        """How it compares with all other methods, and all others with the random ranking.

        One sentence for each outcome that there is; empty where the instances are too few.
        """
        facts = self.facts
        if self.too_few:
            return []
        others = {name: one for name, one in facts["against"].items() if not is_floor(name)}
        chance = {name: one for name, one in facts["chance"].items() if name != self.method}
        sentences = self._listed("verdict.others", others, OUTCOMES)
        sentences += self._listed("verdict.chance", chance, OUTCOMES[1:])
        if facts["hopeless"]:
            sentences.append(
                say(
                    "verdict.hopeless",
                    some=wording.format_count(facts["hopeless"]),
                    n=wording.format_count(facts["n"]),
                )
            )
        return sentences

    def _listed(
        self, key: str, compared: dict[str, dict[str, Any]], outcomes: Sequence[str]
    ) -> list[str]:
        """A sentence for each outcome, with all methods that have it and their figures."""
        sentences = []
        for outcome in outcomes:
            names = [
                say(
                    "verdict.method",
                    method=wording.method_title(name),
                    comparison=_comparison(one),
                )
                for name, one in compared.items()
                if one["outcome"] == outcome
            ]
            if names:
                margin = wording.format_number(self.facts["margin"], 2)
                methods = wording.join_names(names)
                sentences.append(say(f"{key}.{outcome}", methods=methods, margin=margin))
        return sentences

    def entry(self) -> dict[str, Any]:
        """Its part of the entry in ``headline.json``."""
        facts = self.facts
        return {
            "faithful_method": self.method,
            "faithful_measure": facts["measure"],
            "faithful_outcome": self.outcome,
            "faithful_trusted": self.trusted,
            "faithful_too_few": self.too_few,
            "faithful_value": facts["mean"],
            "faithful_low": facts["low"],
            "faithful_high": facts["high"],
            "faithful_n": facts["n"],
            "random_value": facts["random"],
            "faithful_sentence": wording.join_sentences([self.sentence, *self.details]),
        }


def _comparison(one: dict[str, Any]) -> str:
    """A paired difference with its interval and p-value."""
    return say(
        "verdict.comparison",
        difference=wording.format_signed(one["difference"], 3),
        interval=wording.format_interval(one["low"], one["high"]) or say("verdict.unbounded"),
        p=wording.format_p(one["p_value"]),
    )
