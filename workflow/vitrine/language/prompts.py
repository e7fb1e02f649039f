"""The texts of a study as language models are shown them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.domains.text.encoding import WORD_PATTERN, cleaned, word_spans
from vitrine.language.fewshot import Prompt


def prompt_of(asked: Mapping[str, Any], classes: Sequence[str]) -> Prompt:
    """The prompt of a family.

    Args:
        asked: the family's section of the configuration.
        classes: of the study.

    Raises:
        ValueError: a label is given for what is no class.
    """
    unknown = sorted(set(asked["labels"]) - set(classes))
    if unknown:
        raise ValueError(
            f"`labels` names {', '.join(unknown)}; the classes are {', '.join(classes)}"
        )
    return Prompt(asked["prompt"], [asked["labels"].get(name, name) for name in classes])


def shown(text: str, words: int | None = None) -> str:
    """A text without tags, its spaces made single; its first words, or all of it."""
    text = " ".join(cleaned(text).split())
    if words is None:
        return text
    spans = word_spans(text, WORD_PATTERN, words)
    return text[: spans[-1][1]] if spans else ""


def asked_about(
    frame: pd.DataFrame, classes: Sequence[str], words: int, count: int, rng: np.random.Generator
) -> tuple[list[str], np.ndarray]:
    """Draw texts, every class alike as far as there are any.

    Args:
        frame: ``text`` and ``label``.
        classes: names, in order.
        words: how many of the first are shown.
        count: how many texts.
        rng: what draws them.

    Returns:
        The texts and their labels, int64 [texts]. Texts without a word are left out.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    labels = frame["label"].map(numbers).to_numpy()
    texts = [shown(text, words) for text in frame["text"]]
    each = max(count // len(classes), 1)
    rows = []
    for label in range(len(classes)):
        own = [row for row in np.flatnonzero(labels == label) if texts[row]]
        rows += rng.permutation(own)[:each].tolist()
    rows = [int(row) for row in rows]
    return [texts[row] for row in rows], labels[rows].astype(np.int64)
