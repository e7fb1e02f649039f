"""The texts of a study as language models read them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vitrine.data.domains.text.cleaning import cleaned
from vitrine.data.domains.text.words import DEFAULT, word_spans
from vitrine.language.fewshot import Prompt
from vitrine.language.settings import FamilySettings


def prompt_of(family: FamilySettings, classes: Sequence[str]) -> Prompt:
    """The prompt of a family.

    Args:
        family: the family's section of the configuration.
        classes: of the study.

    Raises:
        ValueError: a label is given for an unknown class.
    """
    unknown = sorted(set(family.labels) - set(classes))
    if unknown:
        raise ValueError(
            f"`labels` names {', '.join(unknown)}; the classes are {', '.join(classes)}"
        )
    return Prompt(family.prompt, [family.labels.get(name, name) for name in classes])


def clean_text(text: str, words: int | None = None) -> str:
    """A text without markup and with single spaces; its first words, or all of it."""
    text = " ".join(cleaned(text).split())
    if words is None:
        return text
    spans = word_spans(text, DEFAULT, words)
    return text[: spans[-1][1]] if spans else ""


def balanced_texts(
    frame: pd.DataFrame, classes: Sequence[str], words: int, count: int, rng: np.random.Generator
) -> tuple[list[str], np.ndarray]:
    """Draw texts, the same number per class as far as there are enough.

    Args:
        frame: ``text`` and ``label``.
        classes: names, in order.
        words: number of first words of a text.
        count: number of texts.
        rng: the random stream.

    Returns:
        The texts and their labels, int64 [texts]. Texts without a word are left out.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    labels = frame["label"].map(numbers).to_numpy()
    texts = [clean_text(text, words) for text in frame["text"]]
    per_class = max(count // len(classes), 1)
    rows: list[int] = []
    for label in range(len(classes)):
        candidates = [row for row in np.flatnonzero(labels == label) if texts[row]]
        rows += [int(row) for row in rng.permutation(candidates)[:per_class]]
    return [texts[row] for row in rows], labels[rows].astype(np.int64)
