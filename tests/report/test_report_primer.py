"""The primer's worked examples, against numbers worked out by hand."""

from pathlib import Path

import numpy as np
import pytest
import report_fixture as made

from vitrine.report.pages.primer import page as primer
from vitrine.report.site import Site


def test_three_inputs_do_not_fit_and_two_give_two_numbers() -> None:
    for rows_are_inputs in (True, False):
        with pytest.raises(ValueError, match="3"):
            primer.two_layers(primer.X, rows_are_inputs=rows_are_inputs)
    hidden, output = primer.two_layers(primer.X[:2], rows_are_inputs=True)
    # [1 * .1 + 2 * .3 + .5, 1 * .2 + 2 * .4 + .6], and so on.
    np.testing.assert_allclose(hidden, [1.2, 1.6])
    np.testing.assert_allclose(output, [3.38, 3.76])
    hidden, output = primer.two_layers(primer.X[:2], rows_are_inputs=False)
    np.testing.assert_allclose(hidden, [1.0, 1.7])
    np.testing.assert_allclose(output, [3.16, 3.8])


def test_attention_mixes_the_rows_of_v() -> None:
    q = primer.QUERIES
    weights, mixed = primer.attend(q, q, q)
    first = np.exp(np.array([1.25, 1.25, 0.95, 0.55]) / np.sqrt(2))
    np.testing.assert_allclose(weights[0], first / first.sum())
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert (mixed >= q.min(axis=0)).all()
    assert (mixed <= q.max(axis=0)).all()
    claimed = primer.CLAIMED_ATTENTION
    outside = (claimed < q.min(axis=0)) | (claimed > q.max(axis=0))
    assert outside.any(axis=1).sum() == 3


def test_the_weighted_average_is_one_number() -> None:
    assert primer.weighted_average(primer.X, np.zeros(3), primer.WEIGHTS) == pytest.approx(1.7)


def test_the_flower_is_explained_by_exact_shapley_values_and_lime() -> None:
    example, facts = primer.explain_flower()
    shap, lime = example.attributions["shap"], example.attributions["lime"]
    gap = shap["full_value"].iloc[0] - shap["base_value"].iloc[0] - shap["value"].sum()
    assert abs(gap) < 1e-9
    assert facts["accuracy"] > 0.9
    assert 0 < facts["local_r2"] <= 1
    assert lime["value"].abs().idxmax() == shap["value"].abs().idxmax()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_what_was_computed(tmp_path: Path, language: str) -> None:
    page = made.write_page("primer", tmp_path, tmp_path, site=Site([], ["primer"], language))
    text = page.read_text(encoding="utf-8").partition("<main")[2]
    for shown in ("[3.38, 3.76]", "[3.16, 3.80]", '<b id="average">1.7</b>', "mismatch"):
        assert shown in text
    weights, _ = primer.attend(primer.QUERIES, primer.QUERIES, primer.QUERIES)
    for value in weights.ravel():
        assert f">{value:.3f}</td>" in text
