"""Classification by a language model from examples in its context, with its controls.

Contextual calibration: Zhao et al. 2021, "Calibrate before use". Examples whose labels are drawn at
random: Min et al. 2022, "Rethinking the role of demonstrations".
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import log_softmax, logsumexp
from scipy.stats import binomtest

from vitrine.emergence.progress import wilson
from vitrine.language.scoring import pair, score
from vitrine.models.pretrained.decoder import Decoder
from vitrine.seeds import derive

log = logging.getLogger(__name__)

TEXT, LABEL = "{text}", "{label}"
# Texts without content, on which a model that is not biased would say every label alike.
CONTENT_FREE = ("N/A", "[MASK]", "")
# Whose labels the examples have.
TRUE, RANDOM = "true", "random"


@dataclass(frozen=True)
class Prompt:
    """How examples and the question are written.

    Attributes:
        template: of an example, with ``{text}`` and behind it ``{label}``.
        labels: what is written for each class.
    """

    template: str
    labels: Sequence[str]

    def example(self, text: str, label: int) -> str:
        """An example with its label."""
        before, between, after = self._parts()
        return before + text + between + self.labels[label] + after

    def question(self, text: str) -> str:
        """An example up to where its label would stand."""
        before, between, _ = self._parts()
        return before + text + between

    def _parts(self) -> tuple[str, str, str]:
        before, _, rest = self.template.partition(TEXT)
        between, _, after = rest.partition(LABEL)
        return before, between, after


def examples(
    labels: np.ndarray, classes: int, shots: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw examples, every class as often as the others in each round of as many.

    Args:
        labels: int64 [n], of the training instances.
        classes: how many there are; each has an instance.
        shots: how many examples.
        rng: what draws them; the first of many are those of few.

    Returns:
        Their rows, int64 [shots], and for each a label drawn at random, int64 [shots].
    """
    # The same for all numbers of shots, so that fewer are the first of more.
    orders = [rng.permutation(np.flatnonzero(labels == label)) for label in range(classes)]
    rounds = -(-shots // classes)
    rows = [
        orders[label][turn % len(orders[label])]
        for turn in range(rounds)
        for label in rng.permutation(classes)
    ]
    return np.array(rows[:shots], dtype=np.int64), rng.integers(classes, size=shots)


def predictions(
    decoder: Decoder,
    prompt: Prompt,
    training: tuple[Sequence[str], np.ndarray],
    test: tuple[Sequence[str], np.ndarray],
    *,
    shots: Sequence[int],
    draws: int,
    seed: int = 0,
) -> pd.DataFrame:
    """What a model says of the test texts after examples.

    Numbers of examples that do not fit into the model's context are left out, which is logged.

    Args:
        decoder: the model.
        prompt: how it is asked.
        training: texts and labels, int64 [n], from which examples are drawn.
        test: texts and labels, int64 [m].
        shots: numbers of examples.
        draws: how often examples are drawn; without examples there is one draw.
        seed: of the draws.

    Returns:
        A row per number of examples, draw, kind of their labels, instance and class: ``shots,
        draw, labels`` (`TRUE` or `RANDOM`), ``row`` (of the test texts), ``label`` (its own),
        ``class``, ``log_likelihood`` (of the class's label) and ``calibrated``: the logarithm of
        the label's probability among all labels over that after texts without content, made to sum
        to one.
    """
    found = []
    for count in sorted(shots):
        for draw in range(draws if count else 1):
            rng = np.random.default_rng(derive(seed, f"examples {draw}"))
            rows, random = examples(training[1], len(prompt.labels), max(shots), rng)
            rows, random = rows[:count], random[:count]
            for kind, labels in ((TRUE, training[1][rows]), (RANDOM, random))[: 2 if count else 1]:
                context = "".join(
                    prompt.example(training[0][row], label)
                    for row, label in zip(rows, labels, strict=True)
                )
                table = _asked(decoder, prompt, context, *test)
                if table is None:
                    log.warning("%d examples do not fit into %d tokens", count, decoder.limit)
                    continue
                found.append(table.assign(shots=count, draw=draw, labels=kind))
    if not found:
        raise ValueError(
            f"no question fits into {decoder.limit} tokens; lower `words` or shorten the prompt"
        )
    columns = ["shots", "draw", "labels"]
    table = pd.concat(found, ignore_index=True)
    return table[[*columns, *(name for name in table if name not in columns)]]


def _asked(
    decoder: Decoder, prompt: Prompt, context: str, texts: Sequence[str], own: np.ndarray
) -> pd.DataFrame | None:
    """What the model says after a context, as in `predictions`; None where it does not fit."""
    questions = [context + prompt.question(text) for text in (*texts, *CONTENT_FREE)]
    requests = [pair(decoder, question, label) for question in questions for label in prompt.labels]
    if max(len(before) + len(after) for before, after in requests) > decoder.limit + 1:
        return None
    logs = np.array([one.log_likelihood for one in score(decoder, requests)])
    logs = logs.reshape(len(questions), len(prompt.labels))
    among = log_softmax(logs, axis=1)
    count = len(CONTENT_FREE)
    free = logsumexp(among[-count:], axis=0) - np.log(count)
    calibrated = log_softmax(among[:-count] - free, axis=1)
    rows, classes = np.indices(calibrated.shape)
    return pd.DataFrame(
        {
            "row": rows.ravel(),
            "label": np.repeat(own, len(prompt.labels)),
            "class": classes.ravel(),
            "log_likelihood": logs[:-count].ravel(),
            "calibrated": calibrated.ravel(),
        }
    )


def accuracies(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """How often the likeliest label is the right one.

    Args:
        table: of `predictions`.
        confidence: of Wilson's interval.

    Returns:
        ``shots, draw, labels, calibrated`` (whether), ``correct, n, accuracy, low, high, chance``
        (one part in as many as there are classes) and ``p_value``: how probable so many correct
        answers are by guessing (exact binomial test, one-sided).
    """
    return pd.DataFrame(list(_accuracies(table, confidence)))


def _accuracies(table: pd.DataFrame, confidence: float) -> Iterator[dict[str, object]]:
    for (shots, draw, labels), rows in table.groupby(["shots", "draw", "labels"], sort=False):
        for calibrated, column in ((False, "log_likelihood"), (True, "calibrated")):
            said = rows.loc[rows.groupby("row")[column].idxmax()]
            n, correct = len(said), int((said["class"] == said["label"]).sum())
            chance = 1 / rows["class"].nunique()
            low, high = wilson(correct, n, confidence)
            yield {
                "shots": shots,
                "draw": draw,
                "labels": labels,
                "calibrated": calibrated,
                "correct": correct,
                "n": n,
                "accuracy": correct / n,
                "low": low,
                "high": high,
                "chance": chance,
                "p_value": float(binomtest(correct, n, chance, alternative="greater").pvalue),
            }
