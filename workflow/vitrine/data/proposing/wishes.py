"""What the user of `new-study` decides, and what the command says and proposes."""

from dataclasses import dataclass, field
from typing import Any

from vitrine.data.readers.form import Form


@dataclass(frozen=True)
class Wishes:
    """Choices of the user, which come before what the data look like; None is left to the command.

    Attributes:
        domain: ``table``, ``text``, ``sequence`` or ``image``.
        label: column of the class.
        text: column of the texts.
        user: column of the users of histories.
        item: column of the items of histories.
        time: column of the times of histories.
        decimal: decimal mark.
        dates: ``day first`` or ``month first``.
        form: of a CSV or TSV file.
    """

    domain: str | None = None
    label: str | None = None
    text: str | None = None
    user: str | None = None
    item: str | None = None
    time: str | None = None
    decimal: str | None = None
    dates: str | None = None
    form: Form = field(default_factory=Form)


@dataclass
class Proposal:
    """A study's block of the configuration, and what was seen in the data.

    Attributes:
        study: what goes under ``definitions: <name>:``.
        findings: facts and warnings, a sentence each.
    """

    study: dict[str, Any]
    findings: list[str] = field(default_factory=list)
