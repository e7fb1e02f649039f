"""References are the best predictors of the class that they name: none of the class does better."""

import itertools

import numpy as np
import pytest
from ability_sizes import default_size
from scipy.optimize import minimize_scalar

from vitrine.emergence.abilities.addition.task import commonest_sum
from vitrine.emergence.abilities.markov.counting import (
    SymbolCounts,
    bayes_bigram,
    divergences,
)
from vitrine.emergence.abilities.repeat.recency import recency_accuracy, recency_ranks
from vitrine.emergence.registry import ABILITIES, task
from vitrine.report.text.language import LANGUAGES, has_text, use_language


@pytest.mark.parametrize("name", ABILITIES)
def test_every_reference_names_its_class(name):
    anchors = task(name, default_size(name)).anchors()
    for language in LANGUAGES:
        with use_language(language):
            assert has_text(f"emergence.predictors.{anchors.predictor}")
            for line in anchors.lines:
                assert has_text(f"emergence.lines.{line}")
    # No other predictor without the ability that the page states is nearer to the optimum.
    others = {"three nearest examples"}  # these use the examples
    for line, value in anchors.lines.items():
        assert line in others or anchors.progress(value) <= 0


def test_bayes_counts_what_came_before():
    ids = np.array([[0, 1, 0, 1, 1]])
    np.testing.assert_allclose(bayes_bigram(ids, 2)[0, 4], [2 / 3, 1 / 3])
    np.testing.assert_allclose(bayes_bigram(ids, 2)[0, 3], [1 / 3, 2 / 3])


def test_symbol_counts_by_hand():
    ids = np.array([[0, 1, 0, 1, 1]])
    counts = SymbolCounts(ids, 2)
    # At place 4 the present symbol is 1, which occurred twice; so did 0.
    a = counts.smoothing[3, 2]
    np.testing.assert_allclose(
        counts.predict(ids)[0, 3], [(2 + a) / (3 + 2 * a), (1 + a) / (3 + 2 * a)]
    )
    np.testing.assert_allclose(counts.predict(ids)[0, 0], [0.5, 0.5])
    np.testing.assert_allclose(counts.predict(ids)[0, 4], [0.5, 0.5])


def test_symbol_counts_agree_with_an_enumeration_of_all_chains():
    length = 6
    chains = np.array(list(itertools.product((0, 1), repeat=length)))
    bayes = bayes_bigram(chains, 2)
    shares = np.take_along_axis(bayes, chains[..., None], axis=-1)[..., 0].prod(axis=1)
    assert shares.sum() == pytest.approx(1)
    cells = {}
    for chain, truth, share in zip(chains, bayes, shares, strict=True):
        for place in range(length):
            before = np.bincount(chain[:place], minlength=2)
            present = before[chain[place - 1]] if place else 0
            cells.setdefault((place, present), []).append((share, truth[place], before))

    def loss(logarithm, cell, place):
        a = np.exp(logarithm)
        return sum(
            share * (truth * np.log(truth * (place + 2 * a) / (before + a))).sum()
            for share, truth, before in cell
        )

    exact = sum(
        minimize_scalar(loss, args=(cell, place), bounds=(-3, 7), method="bounded").fun
        for (place, _), cell in cells.items()
    )
    markov = task("markov", default_size("markov", symbols=2, length=8))
    ids, _ = markov.sequences(20_000, np.random.default_rng(0))
    ids = ids[:, :length]
    found = divergences(bayes_bigram(ids, 2), SymbolCounts(ids, 2).predict(ids)).mean()
    assert found == pytest.approx(exact / length, rel=0.02)


@pytest.mark.parametrize("name", ["markov", "heads"])
def test_no_smoothing_of_counts_beats_the_reference(name):
    chains = task(name, default_size(name))
    anchors = chains.anchors()
    symbols = chains.settings.symbols
    ids, _ = chains.sequences(4000, np.random.default_rng(1))
    before = np.eye(symbols)[ids].cumsum(axis=1) - np.eye(symbols)[ids]
    place = np.arange(ids.shape[1])[:, None]
    bayes = bayes_bigram(ids, symbols)
    found = {
        a: divergences(bayes, (before + a) / (place + a * symbols)).mean()
        for a in (0.5, 1, 2, 3, 4, 6, 8, 12, 20)
    }
    assert min(found.values()) == pytest.approx(anchors.lines["smoothed counts"], rel=0.02)
    assert min(found.values()) > 1.03 * anchors.reference
    assert divergences(bayes, chains.counting.predict(ids)).mean() == pytest.approx(
        anchors.reference, rel=0.02
    )
    assert anchors.reference == pytest.approx({"markov": 0.0858, "heads": 0.0793}[name], rel=0.02)


def test_recency_ranks_by_hand():
    ranks, seen = recency_ranks(np.array([[4, 7, 4, 4, 7]]), 8)
    assert ranks.tolist() == [[-1, -1, 1, 0, 1]]
    assert seen.tolist() == [[0, 1, 2, 2, 2]]


def test_recency_solves_a_block_that_is_repeated_as_a_whole():
    # The least recently seen symbol comes next, which is why the task repeats pieces of blocks.
    rng = np.random.default_rng(0)
    blocks = rng.permuted(np.tile(np.arange(32), (2000, 1)), axis=1)
    ids = blocks[:, np.arange(40) % 10]
    scored = np.broadcast_to(np.arange(40) > 10, ids.shape)
    half = (ids[:1000], scored[:1000]), (ids[1000:], scored[1000:])
    assert recency_accuracy(*half, 32) == 1


def test_pieces_are_certain_by_looking_up_and_not_by_recency_or_distance():
    repeat = task("repeat", default_size("repeat"))
    reference = repeat.anchors().reference
    ids, scored = repeat.sequences(3000, np.random.default_rng(3))
    rows, places = np.nonzero(scored)
    assert scored.sum(axis=1).min() >= repeat.predictions
    assert not scored[:, :8].any()
    # What followed the present symbol before is right; it has one successor wherever it has any.
    for row, place in zip(rows[:500], places[:500], strict=True):
        earlier = np.flatnonzero(ids[row, : place - 1] == ids[row, place - 1])
        followers = [ids[row, at + 1] for at in earlier]
        assert followers[0] == ids[row, place]
    ranks, seen = recency_ranks(ids, repeat.settings.symbols)
    least_recent = (ranks == seen - 1)[scored].mean()
    assert least_recent < reference
    distances = [
        (ids[:, distance:] == ids[:, :-distance])[scored[:, distance:]].sum() / scored.sum()
        for distance in range(1, 30)
    ]
    assert max(distances) < reference
    for rank in range(16):
        assert (ranks == rank)[scored].mean() < reference
    assert 0.1 < reference < 0.2


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_the_commonest_sum_agrees_with_an_enumeration(digits):
    numbers = np.arange(10**digits)
    a, b = np.meshgrid(numbers, numbers)
    held_out = (a + 3 * b) // 7 % 10 == 0
    counts = np.bincount((a + b)[held_out])
    assert commonest_sum(digits) == pytest.approx(counts.max() / held_out.sum(), rel=1e-12)
    anchors = task("addition", default_size("addition", digits=digits)).anchors()
    assert anchors.reference == commonest_sum(digits)


def test_guesses_among_what_the_context_shows():
    recall = task("recall", default_size("recall"))
    ids, _ = recall.sequences(4000, np.random.default_rng(0))
    values, answers = ids[:, 1:16:2], ids[:, 17::2]
    for pair in range(8):
        assert (values[:, pair, None] == answers).mean() == pytest.approx(1 / 8, abs=0.01)
    assert recall.anchors().reference == 1 / 8
    iwl = task("iwl", default_size("iwl"))
    shown, _, asked, *_ = iwl.test(4000, np.random.default_rng(0))
    for pair in range(8):
        guessed = (shown[:, 1 + 2 * pair] == 1 + asked).double().mean().item()
        assert guessed == pytest.approx(iwl.anchors().reference, abs=0.02)
