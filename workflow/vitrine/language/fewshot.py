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

from vitrine.evaluation.progress import wilson
from vitrine.language.scoring import pair, score
from vitrine.models.pretrained.decoder import Decoder
from vitrine.seeds import derive

log = logging.getLogger(__name__)

TEXT, LABEL = "{text}", "{label}"
# Texts without content, for which an unbiased model gives every label the same probability.
CONTENT_FREE = ("N/A", "[MASK]", "")
# Kinds of labels of the examples.
TRUE, RANDOM = "true", "random"


@dataclass(frozen=True)
class Prompt:
    """The format of examples and of the question.

    Attributes:
        template: of an example, with ``{text}`` followed by ``{label}``.
        labels: text for each class.
    """

    template: str
    labels: Sequence[str]

    def example(self, text: str, label: int) -> str:
        """An example with its label."""
        before, between, after = self._parts()
        return before + text + between + self.labels[label] + after

    def question(self, text: str) -> str:
        """An example up to its label."""
        before, between, _ = self._parts()
        return before + text + between

    def _parts(self) -> tuple[str, str, str]:
        before, _, rest = self.template.partition(TEXT)
        between, _, after = rest.partition(LABEL)
        return before, between, after


def examples(
    labels: np.ndarray, classes: int, shots: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw examples in rounds that contain every class once.

    Args:
        labels: int64 [n], of the training instances.
        classes: number of classes; each has an instance.
        shots: number of examples.
        rng: the random stream; a smaller number of examples is a prefix of a larger one.

    Returns:
        Their rows, int64 [shots], and for each a label drawn at random, int64 [shots].
    """
    # The same for all numbers of shots, so that fewer examples are a prefix of more.
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
    """Score the labels of test texts after examples.

    Numbers of examples that do not fit into the model's context are left out with a warning.

    Args:
        decoder: the model.
        prompt: format of the examples.
        training: texts and labels, int64 [n], from which examples are drawn.
        test: texts and labels, int64 [m].
        shots: numbers of examples.
        draws: number of draws of the examples; without examples there is one.
        seed: of the draws.

    Returns:
        A row per number of examples, draw, kind of their labels, instance and class: ``shots,
        draw, labels`` (`TRUE` or `RANDOM`), ``row`` (of the test texts), ``label`` (the true
        one), ``class``, ``log_likelihood`` (of the class's label) and ``calibrated``: the logarithm
        of the label's probability among all labels divided by that after texts without content,
        and normalised.
    """
    tables = []
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
                table = _label_scores(decoder, prompt, context, *test)
                if table is None:
                    log.warning("%d examples do not fit into %d tokens", count, decoder.limit)
                    continue
                tables.append(table.assign(shots=count, draw=draw, labels=kind))
    if not tables:
        raise ValueError(
            f"no question fits into {decoder.limit} tokens; lower `words` or shorten the prompt"
        )
    columns = ["shots", "draw", "labels"]
    table = pd.concat(tables, ignore_index=True)
    return table[[*columns, *(name for name in table if name not in columns)]]


def _label_scores(
    decoder: Decoder, prompt: Prompt, context: str, texts: Sequence[str], labels: np.ndarray
) -> pd.DataFrame | None:
    """Scores of the labels after a context, as in `predictions`; None where it does not fit."""
    questions = [context + prompt.question(text) for text in (*texts, *CONTENT_FREE)]
    requests = [pair(decoder, question, label) for question in questions for label in prompt.labels]
    if max(len(before) + len(after) for before, after in requests) > decoder.limit + 1:
        return None
    logs = np.array([scored.log_likelihood for scored in score(decoder, requests)])
    logs = logs.reshape(len(questions), len(prompt.labels))
    among = log_softmax(logs, axis=1)
    count = len(CONTENT_FREE)
    free = logsumexp(among[-count:], axis=0) - np.log(count)
    calibrated = log_softmax(among[:-count] - free, axis=1)
    rows, classes = np.indices(calibrated.shape)
    return pd.DataFrame(
        {
            "row": rows.ravel(),
            "label": np.repeat(labels, len(prompt.labels)),
            "class": classes.ravel(),
            "log_likelihood": logs[:-count].ravel(),
            "calibrated": calibrated.ravel(),
        }
    )


def accuracies(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """How often the most likely label is correct.

    Args:
        table: of `predictions`.
        confidence: confidence level of Wilson's interval.

    Returns:
        ``shots, draw, labels, calibrated`` (whether), ``correct, n, accuracy, low, high, chance``
        (one over the number of classes) and ``p_value`` of a one-sided exact binomial test against
        guessing.
    """
    return pd.DataFrame(list(_accuracies(table, confidence)))


def _accuracies(table: pd.DataFrame, confidence: float) -> Iterator[dict[str, object]]:
    for (shots, draw, labels), rows in table.groupby(["shots", "draw", "labels"], sort=False):
        for calibrated, column in ((False, "log_likelihood"), (True, "calibrated")):
            best = rows.loc[rows.groupby("row")[column].idxmax()]
            n, correct = len(best), int((best["class"] == best["label"]).sum())
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
