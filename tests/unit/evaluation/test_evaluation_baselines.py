"""The classical baselines, on small studies with a planted signal."""

import numpy as np
import pandas as pd
import pytest
from small_studies import OPTIONS, images, make_study, rows, study_data, texts

from vitrine.data.domains.image import DOMAIN as image
from vitrine.data.domains.registry import DOMAINS
from vitrine.data.domains.sequence import DOMAIN as sequence
from vitrine.data.domains.table import DOMAIN as table
from vitrine.data.domains.text import DOMAIN as text
from vitrine.data.encoding import save_encoding
from vitrine.evaluation.baselines import baseline as shared
from vitrine.evaluation.fit_baselines import BASELINES, fit_baselines
from vitrine.evaluation.markov import MarkovChain, popularity
from vitrine.files import write_table


def value_on_test(result, name, metric):
    """Find one number in the result of ``fit_baselines``."""
    entries = result["baselines"][name]["metrics"]
    return next(e["value"] for e in entries if (e["split"], e["metric"]) == ("test", metric))


@pytest.mark.parametrize(
    ("domain", "draw", "names"),
    [
        (text, texts, ["tfidf_logistic"]),
        (image, images, ["logistic"]),
        (table, rows, ["logistic", "boosted_trees"]),
    ],
)
def test_classifiers_find_the_signal_and_repeat_themselves(domain, draw, names, tmp_path):
    make_study(tmp_path, domain, draw)
    result, predicted = fit_baselines(tmp_path, "auc", OPTIONS, seed=0)
    assert (result["study"], result["task"]) == ("toy", "classification")
    assert list(result["baselines"]) == ["class_frequencies", *names]
    assert value_on_test(result, "class_frequencies", "auc") == 0.5
    for name in names:
        assert value_on_test(result, name, "auc") > 0.9
    again, same = fit_baselines(tmp_path, "auc", OPTIONS, seed=0)
    assert result == again
    pd.testing.assert_frame_equal(predicted, same)


def test_settings_do_not_depend_on_the_test_split(tmp_path):
    make_study(tmp_path, table, rows)
    before = fit_baselines(tmp_path, "log_loss", OPTIONS, seed=0)[0]["baselines"]
    test = pd.read_parquet(tmp_path / "test.parquet")
    write_table(tmp_path / "test.parquet", test.assign(label=test["label"].to_numpy()[::-1]))
    after = fit_baselines(tmp_path, "log_loss", OPTIONS, seed=0)[0]["baselines"]
    for name, baseline in before.items():
        assert baseline["settings"] == after[name]["settings"]
        if baseline["trivial"]:
            continue
        for split, same in (("validation", True), ("test", False)):
            measured = [
                [entry for entry in result[name]["metrics"] if entry["split"] == split]
                for result in (before, after)
            ]
            assert measured[0]
            assert (measured[0] == measured[1]) == same


def test_the_better_candidate_is_the_lower_log_loss(tmp_path):
    make_study(tmp_path, image, images)
    chosen = fit_baselines(tmp_path, "log_loss", OPTIONS, seed=0)[0]["baselines"]["logistic"]
    loss = {}
    for c in shared.INVERSE_PENALTIES:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shared, "INVERSE_PENALTIES", (c,))
            only = fit_baselines(tmp_path, "log_loss", OPTIONS, seed=0)[0]["baselines"]["logistic"]
        loss[c] = next(e["value"] for e in only["metrics"] if e["metric"] == "log_loss")
    assert chosen["settings"]["C"] == min(loss, key=loss.get)


def test_the_markov_chain_learns_a_cycle_that_popularity_cannot(tmp_path):
    rng = np.random.default_rng(0)
    starts = rng.integers(0, 30, 120)
    histories = [[100 + (start + step) % 30 for step in range(12)] for start in starts]

    def frame(end):
        targets = [None if end == 10 else history[end] for history in histories]
        films = [history[:end] for history in histories]
        return pd.DataFrame(
            {
                "instance": range(120),
                "films": films,
                "ratings": [[3.0 + (i % 2) for i in range(end)]] * 120,
                "timestamps": [list(range(end))] * 120,
                "target": pd.Series(targets, dtype="Int64"),
            }
        )

    train = frame(10)
    save_encoding(tmp_path, sequence.fit("toy", train, [], study_data(players=5)))
    write_table(tmp_path / "train.parquet", train)
    targets = {"validation": 10, "test": 11}
    for split, end in targets.items():
        write_table(tmp_path / f"{split}.parquet", frame(end))
    result, _ = fit_baselines(tmp_path, "ndcg_10", OPTIONS, seed=0)
    assert list(result["baselines"]) == ["popularity", "markov"]
    assert value_on_test(result, "markov", "mrr") > 0.99
    assert value_on_test(result, "popularity", "mrr") < 0.5


def test_every_domain_has_baselines():
    assert list(BASELINES) == list(DOMAINS)


HISTORIES = [np.array([1, 2, 3]), np.array([1, 2, 0, 2])]


def test_transition_probabilities_are_smoothed_counts():
    chain = MarkovChain(HISTORIES, size=4, reach=1, backward=0.0, last=1, prior=2.0)
    share = popularity(HISTORIES, 4)
    np.testing.assert_allclose(share, np.array([0, 2, 3, 1]) / 6)
    scores = chain.scores([np.array([3, 1]), np.array([1, 3]), np.array([0])])
    np.testing.assert_allclose(scores[0], (np.array([0, 0, 2, 0]) + 2 * share) / 4)
    np.testing.assert_allclose(scores[1], share, err_msg="nothing followed item 3")
    np.testing.assert_allclose(scores[2], share, err_msg="the unknown item")


def test_scores_are_distributions_whatever_the_settings():
    for reach, backward, last in ((1, 0.0, 3), (3, 0.5, 2), (10, 1.0, 10)):
        chain = MarkovChain(HISTORIES, 4, reach, backward, last, prior=1.0)
        scores = chain.scores([np.array([1, 2, 3]), np.array([2])])
        np.testing.assert_allclose(scores.sum(axis=1), 1)
        assert (scores >= 0).all()
