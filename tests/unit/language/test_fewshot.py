"""Few-shot classification by language models: prompts, examples, calibration and controls."""

import decoders as small
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from vitrine.language import fewshot
from vitrine.language.context import by_position
from vitrine.language.fewshot import Prompt, accuracies, examples, predictions
from vitrine.language.scoring import Continuation, pair, score

PROMPT = Prompt("Text: {text} Label: {label}. ", ["good", "bad"])
TEXTS = ["tea", "{label} soup", "fine cup", "cold price"]
LABELS = np.array([0, 1, 0, 1])


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    return small.read(small.save("gpt2", tmp_path_factory.mktemp("gpt2")))


def test_texts_may_hold_braces():
    assert PROMPT.example("{label}", 1) == "Text: {label} Label: bad. "
    assert PROMPT.question("tea") == "Text: tea Label: "


def test_few_examples_are_the_first_of_many_and_classes_take_turns():
    labels = np.array([0] * 9 + [1, 2, 1])
    many, random = examples(labels, 3, 9, np.random.default_rng(0))
    assert sorted(labels[many[:3]]) == sorted(labels[many[3:6]]) == [0, 1, 2]
    assert len(random) == 9
    assert set(random) <= {0, 1, 2}


def test_predictions_are_scores_of_labels_after_the_examples(decoder):
    table = predictions(
        decoder,
        PROMPT,
        (TEXTS, LABELS),
        (["a cup", "soup"], np.array([0, 1])),
        shots=[0, 2],
        draws=2,
    )
    assert set(zip(table.shots, table.draw, table.labels, strict=True)) == {
        (0, 0, "true"),
        *((2, draw, kind) for draw in (0, 1) for kind in ("true", "random")),
    }
    zero = table[table.shots == 0]
    for _, row in zero.iterrows():
        text, label = ["a cup", "soup"][row["row"]], PROMPT.labels[row["class"]]
        (found,) = score(decoder, [pair(decoder, f"Text: {text} Label: ", label)])
        assert row.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-4)
    sums = np.exp(table.calibrated).groupby([table.shots, table.draw, table.labels, table.row])
    np.testing.assert_allclose(sums.sum(), 1)


def test_calibration_takes_away_what_is_said_without_content(decoder, monkeypatch):
    """A model that adds two nats to one label whatever it reads is right once calibrated."""

    def biased(_decoder, requests):
        found = []
        for before, after in requests:
            text = decoder.tokenizer.decode(before)
            label = decoder.tokenizer.decode(after).strip()
            sense = float("sweet" in text and label == "good") + float(
                "sour" in text and label == "bad"
            )
            logs = np.array([sense + 2.0 * (label == "bad") - 5])
            found.append(Continuation(logs, np.array([False])))
        return found

    monkeypatch.setattr(fewshot, "score", biased)
    test = (["sweet tea", "sour tea", "sweet cup", "sour cup"], np.array([0, 1, 0, 1]))
    table = predictions(decoder, PROMPT, (TEXTS, LABELS), test, shots=[0, 1], draws=1)
    rates = accuracies(table, 0.95).set_index(["shots", "labels", "calibrated"])["accuracy"]
    assert rates[0, "true", False] == 0.5
    assert rates[0, "true", True] == 1.0
    assert rates[1, "random", True] == 1.0


def test_accuracies_say_how_likely_guessing_is():
    rows = [
        {"shots": 1, "draw": 0, "labels": "true", "row": row, "label": 0, "class": name}
        | {"log_likelihood": float(name != (row < 7)), "calibrated": float(name == 1)}
        for row in range(10)
        for name in (0, 1)
    ]
    found = accuracies(pd.DataFrame(rows), 0.95).set_index("calibrated")
    assert found["correct"].tolist() == [7, 0]
    assert found.chance.tolist() == [0.5, 0.5]
    assert found.p_value[False] == pytest.approx(binom.sf(6, 10, 0.5))
    assert found.low[False] < 0.7 < found.high[False]


def test_examples_that_do_not_fit_are_left_out(decoder, caplog):
    texts = ["fine cold price never again " * 3] * 4
    table = predictions(
        decoder, PROMPT, (texts, LABELS), (["tea"], np.array([0])), shots=[0, 1, 50], draws=1
    )
    assert set(table.shots) == {0, 1}
    assert "50 examples do not fit into 96 tokens" in caplog.text
    with pytest.raises(ValueError, match="no question fits"):
        predictions(
            decoder, PROMPT, (texts, LABELS), (["tea " * 99], np.array([0])), shots=[0], draws=1
        )


def test_the_loss_by_position_is_of_texts_that_reach_it(decoder):
    long, short = small.TEXTS[2] * 2, "tea"
    found = by_position(decoder, [long] * 24 + [short] * 9, 30)
    assert found["position"].tolist() == list(range(30))
    assert set(found["n"]) == {24}
    (expected,) = score(decoder, [([decoder.start], decoder.encode(long)[:30])])
    np.testing.assert_allclose(found["nll"], -expected.logs, atol=1e-5)
    few = by_position(decoder, [long] * 2 + [short] * 30, 30)
    assert len(few) == len(decoder.encode(short))
    assert set(few["n"]) == {32}
