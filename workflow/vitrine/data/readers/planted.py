"""Texts whose deciding words are known: the ground truth that explanations must find.

Every text is made of filler words that say nothing. In seven of ten texts (kind ``rule``) one or
three *deciding* words stand among them, some for the label ``positive`` and some for ``negative``;
the majority decides. In the others (kind ``shortcut``) there is no deciding word, only a mark that
goes with the label, as a stamp on an X-ray goes with the clinic that took it. A model can be right
on these for no other reason than the mark: an explanation that does not show it hides a shortcut.
"""

import numpy as np
import pandas as pd

ROWS = 1500
SEED = 20_240_817
SHORTCUTS = 0.3
FILLERS = 150
SHORTEST, LONGEST = 12, 28
DECIDING = {
    "positive": ("bright", "calm", "clean", "fresh", "solid", "warm"),
    "negative": ("broken", "dull", "harsh", "loud", "rusty", "stale"),
}
MARKS = {"positive": "stamped", "negative": "unstamped"}
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"


def planted_texts() -> pd.DataFrame:
    """Columns ``text``, ``label``, ``kind`` and ``reasons``, the places of the deciding words."""
    rng = np.random.default_rng(SEED)
    syllables = [consonant + vowel for consonant in CONSONANTS for vowel in VOWELS]
    filler = ["".join(rng.choice(syllables, 2)) for _ in range(FILLERS)]
    rows = []
    for _ in range(ROWS):
        label = str(rng.choice(list(DECIDING)))
        words = rng.choice(filler, int(rng.integers(SHORTEST, LONGEST + 1))).tolist()
        if rng.random() < SHORTCUTS:
            kind, planted = "shortcut", [MARKS[label]]
        else:
            kind, planted = "rule", _deciding(label, rng)
        reasons = np.sort(rng.choice(len(words), len(planted), replace=False)).tolist()
        for place, word in zip(reasons, planted, strict=True):
            words[place] = word
        rows.append((" ".join(words), label, kind, reasons))
    return pd.DataFrame(rows, columns=["text", "label", "kind", "reasons"])


def _deciding(label: str, rng: np.random.Generator) -> list[str]:
    """One word for the label, or two for it and one of either side, in random order."""
    (other,) = DECIDING.keys() - {label}
    sides = [label] if rng.random() < 0.5 else [label, label, str(rng.choice([label, other]))]
    words = [str(rng.choice(DECIDING[side])) for side in sides]
    return [words[i] for i in rng.permutation(len(words))]
