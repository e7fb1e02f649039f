import html
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vitrine.attention.heatmaps import write_heatmap
from vitrine.data.domains.text.words import words_of
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.report.pages.study.checks import tabulate_removal
from vitrine.report.pages.study.models import describe_confusion
from vitrine.report.parts import charts, contributions
from vitrine.report.parts.faithfulness import summarise_methods
from vitrine.report.parts.headline import Headline
from vitrine.report.parts.instances import ExplainedInstance, choose_by_rule, split_words
from vitrine.report.parts.means import Resamples
from vitrine.report.parts.results import Baseline
from vitrine.report.parts.verdict import Verdict
from vitrine.report.shell import environment
from vitrine.report.text import wording

RESAMPLES = Resamples(StatisticsSettings(bootstrap=500, confidence=0.95), seed=0)


def example(
    values: dict[str, list[float]], base: float = 0.5, error: float = 0.1
) -> ExplainedInstance:
    attributions = {
        method: pd.DataFrame(
            {
                "player": range(len(own)),
                "player_name": [f"field {i}" for i in range(len(own))],
                "value": own,
                "std_error": error,
                "base_value": base,
                "full_value": base + sum(values["shap"]),
            }
        )
        for method, own in values.items()
    }
    empty = pd.Series(dtype=object)
    return ExplainedInstance("test", 1, True, empty, empty, "good", attributions)


def headline(own: tuple, other: tuple, higher: bool = True) -> Headline:
    return Headline(
        *("reviews", "small, seed 0", "small", 0, "auc" if higher else "log_loss", higher),
        *own,
        100,
        Baseline("logistic", "Logistic regression", pd.DataFrame()),
        *other,
    )


@pytest.mark.parametrize(
    ("own", "other", "higher", "verdict"),
    [
        ((0.9, 0.88, 0.92), (0.8, 0.78, 0.82), True, "transformer"),
        ((0.8, 0.78, 0.82), (0.9, 0.88, 0.92), True, "baseline"),
        ((0.3, 0.28, 0.32), (0.5, 0.48, 0.52), False, "transformer"),
        ((0.9, 0.80, 0.95), (0.8, 0.78, 0.82), True, "within the interval"),
        ((0.8, 0.78, 0.82), (0.9, 0.82, 0.92), True, "within the interval"),
        ((0.9, math.nan, math.nan), (0.8, 0.78, 0.82), True, "within the interval"),
    ],
)
def test_a_winner_is_named_only_when_the_intervals_are_apart(
    own: tuple, other: tuple, higher: bool, verdict: str
) -> None:
    found = headline(own, other, higher)
    assert found.winner == verdict
    assert ("intervals overlap" in found.sentence) == (verdict == "within the interval")
    assert wording.format_number(own[0]) in found.sentence
    assert wording.format_number(other[0]) in found.sentence


def faithfulness(means: dict[str, float], noise: float, n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 1, n)
    return pd.DataFrame(
        [
            ("test", i, method, "comprehensiveness", mean + shared[i] + noise * rng.normal())
            for method, mean in means.items()
            for i in range(n)
        ],
        columns=["split", "instance", "method", "measure", "value"],
    )


def test_methods_are_compared_on_the_same_resamples() -> None:
    frame = faithfulness({"shap": 0.3, "lime": 0.1, "random": 0.0}, noise=0.05)
    summary = summarise_methods(frame, RESAMPLES).set_index("method")
    # Instances differ far more than methods do, so only the paired difference is sharp.
    assert summary.loc["shap", "low"] < summary.loc["random", "high"]
    assert summary.loc["shap", "gain_low"] > 0.25
    assert summary.loc["shap", "behind"] == 0
    assert summary.loc["lime", "behind_low"] > 0.15
    assert summary.loc["random", "gain"] == 0
    means = frame.groupby("method")["value"].mean()
    assert summary["mean"].to_dict() == pytest.approx(means.to_dict())
    assert (summary["low"] < summary["mean"]).all()
    assert (summary["mean"] < summary["high"]).all()


def test_the_verdict_in_words() -> None:
    rival = {"difference": 0.3, "low": 0.2, "high": 0.4, "effect": 1.0, "p_holm": 0.001}
    facts = {
        "measure": "normalised_comprehensiveness",
        "method": "shap",
        "mean": 0.9,
        "low": 0.8,
        "high": 0.95,
        "n": 32,
        "random": 0.01,
        "rivals": {
            "random": rival | {"beaten": True},
            "occlusion": rival | {"beaten": False, "low": -0.1},
            "rollout": rival | {"beaten": True},
        },
        "tied": ["lime", "occlusion"],
        "no_better_than_chance": ["gradient"],
        "hopeless": 2,
        "pairs": 15,
        "least_p": 7e-9,
        "too_few": False,
    }
    found = Verdict(facts)
    assert found.sentence == (
        "Best method on validation: SHAP, normalised comprehensiveness 0.900 on test (CI 0.800 to "
        "0.950, n = 32), compared with 0.010 for a random ranking."
    )
    assert found.details == [
        "It is significantly better than the random ranking and Attention rollout (paired "
        "differences, Holm correction).",
        "It is not significantly better than Occlusion: paired difference +0.300 (CI −0.100 to "
        "0.400; p = 0.001 after Holm correction).",
        "Not significant after Holm correction: its advantage over LIME.",
        "Not significantly better than a random ranking: Gradient × input.",
        "On 2 of 32 instances, no method scores above the mean of the random rankings.",
    ]
    hopeless = Verdict(facts | {"no_better_than_chance": ["shap", "lime"]})
    assert hopeless.sentence.startswith(
        "Inconclusive: SHAP, the best method on validation, is not significantly better"
    )
    assert not any("than a random ranking:" in one for one in hopeless.details)
    few = Verdict(
        facts | {"n": 4, "too_few": True, "least_p": 1.0, "no_better_than_chance": ["shap"]}
    )
    assert few.sentence.startswith(
        "Inconclusive: 4 instances are too few for a significant comparison. A method that is "
        "better on all of them reaches only p = 1.000 (Wilcoxon signed-rank test, Holm correction "
        "over 15 pairs). Best on validation: SHAP"
    )
    assert few.details == []
    assert few.entry()["faithful_too_few"]


def test_lower_is_better_turns_the_differences_around() -> None:
    frame = faithfulness({"shap": 0.1, "random": 0.4}, noise=0.01)
    summary = summarise_methods(frame.assign(measure="deletion_auc"), RESAMPLES)
    assert summary.set_index("method").loc["shap", "gain_low"] > 0.25


def test_without_a_random_ranking_there_is_no_gain() -> None:
    summary = summarise_methods(faithfulness({"shap": 0.3}, noise=0.1), RESAMPLES)
    assert summary["gain"].isna().all()


@pytest.mark.parametrize(
    ("gaps", "knows"), [([0.02, 0.05, -0.1], True), ([0.02, 0.05, 0.2], False)]
)
def test_a_model_that_stays_sure_while_it_errs_does_not_know_removal(
    gaps: list[float], knows: bool
) -> None:
    frame = pd.DataFrame(
        {"split": "test", "model": "explained", "removed": [0.0, 0.5, 1.0], "gap": gaps, "n": 9}
    )
    found = tabulate_removal(frame)
    assert not found["compared"]
    finding = found["finding"]
    assert finding.startswith("Calibration changes little") == knows
    assert "100% of the features removed" in finding
    assert "+0.020 on complete instances" in finding


TEXTS = st.text(st.sampled_from("ab Z'’<>/&é;.\n"), max_size=60)


@given(TEXTS)
def test_a_text_is_cut_into_its_words_without_loss(text: str) -> None:
    words = words_of(text)
    spans = split_words(text, words)
    assert [piece for piece, player in spans if player is not None] == words
    assert [player for _, player in spans if player is not None] == list(range(len(words)))
    if "&" not in text:
        assert "".join(piece for piece, _ in spans) == text


def test_tags_stay_visible_but_are_not_words() -> None:
    spans = split_words("a<br />b &eacute;", ["a", "b", "é"])
    assert spans == [("a", 0), ("<br />", None), ("b", 1), (" ", None), ("é", 2)]


def test_examples_are_chosen_by_rule() -> None:
    frame = pd.DataFrame(
        [
            ("test", 1, "x", True),
            ("test", 2, "x", True),
            ("test", 3, "y", True),
            ("test", 4, "x", False),
            ("validation", 5, "y", False),
            ("validation", 6, "y", True),
            ("validation", 7, "x", True),
        ],
        columns=["split", "instance", "label", "right"],
    )
    # A second class comes before a second instance of the first class.
    assert choose_by_rule(frame)["instance"].tolist() == [1, 3, 4, 6, 5]


def test_a_waterfall_leads_from_the_base_to_the_decision() -> None:
    drawn = contributions.draw_waterfall(
        example({"shap": [0.2, -1.5, 0.7], "lime": [0, 0, 1]}), "shap", "lime"
    )
    first, *steps, last = drawn["rows"]
    assert [step["name"] for step in steps] == ["field 1", "field 2", "field 0"]
    at = first["cells"][0]["mark"]
    for step in steps:
        cell = step["cells"][0]
        assert cell["zero"] == pytest.approx(at)
        left, right = cell["left"], cell["left"] + cell["width"]
        assert at == pytest.approx(left if cell["sign"] == "plus" else right, abs=0.02)
        at = right if cell["sign"] == "plus" else left
    assert last["cells"][0]["mark"] == pytest.approx(at, abs=0.02)
    assert (first["cells"][0]["text"], last["cells"][0]["text"]) == ("+0.50", "−0.10")


def test_a_waterfall_says_what_its_method_leaves_over() -> None:
    one = example({"shap": [0.2, 0.3]})
    one.attributions["shap"]["full_value"] += 0.4
    drawn = contributions.draw_waterfall(one, "shap", None)
    assert drawn["rows"][-2]["name"] == "Not attributed"
    assert drawn["rows"][-2]["cells"][0]["text"] == "+0.40"


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.floats(0, 2) | st.just(math.nan))
def test_bars_and_whiskers_stay_inside_their_track(values: list[float], error: float) -> None:
    one = example({"shap": values, "lime": values[::-1]}, error=error)
    players = list(range(len(values)))
    panels = [
        contributions.draw_bars(one, ["shap", "lime"], players, gaps=True),
        contributions.draw_waterfall(one, "shap", "lime"),
    ]
    for panel in panels:
        for cell in (cell for line in panel["rows"] for cell in line.get("cells", [])):
            for span in [cell, cell.get("error", {})]:
                if "left" in span:
                    assert span["left"] >= -0.01
                    assert span["left"] + span["width"] <= 100.02
            assert ("error" in cell) == bool(cell["error_text"])


def test_gaps_in_a_history_are_counted() -> None:
    one = example({"shap": [0.0, 3.0, 0.0, 0.0, 2.0, 0.0]})
    rows = contributions.draw_bars(one, ["shap"], [1, 4], gaps=True)["rows"]
    assert [line.get("gap", line.get("name")) for line in rows] == [1, "field 1", 2, "field 4", 1]


def test_the_largest_confusion_is_named() -> None:
    drawn = describe_confusion({"labels": ["a", "b"], "counts": [[5, 1], [3, 7]]})
    assert drawn["finding"] == "The most frequent error predicts “a” for “b”: 3 of 10"
    assert [cell["count"] for cell in drawn["rows"][1]["cells"]] == [3, 7]
    perfect = describe_confusion({"labels": ["a", "b"], "counts": [[5, 0], [0, 7]]})
    assert "All predictions are correct" in perfect["finding"]


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0.00"), (-0.001, "0.00"), (1.5, "+1.50"), (-1234.5, "−1,234.50")]
)
def test_signs_are_readable_without_colour(value: float, shown: str) -> None:
    assert wording.format_signed(value) == shown


def test_text_in_a_chart_cannot_end_its_script() -> None:
    hostile = "</script><script>alert(1)</script>"
    rows = pd.DataFrame(
        {"name": [hostile], "kind": ["baseline"], "value": [0.5], "low": [0.4], "high": [0.6]}
    )
    spec = charts.finish_chart(charts.draw_contenders(rows, "AUC"), 40, hostile)
    written = str(environment().get_template("fragments.html").module.figure(hostile, spec))
    assert written.count("<script") == 1
    assert html.escape(hostile) in written


def test_heat_maps_show_every_layer_and_head(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sizes = []
    for layers, heads, size in ((1, 2, 17), (2, 4, 17), (2, 4, 193)):
        maps = rng.dirichlet(np.ones(size), (layers, heads, size)).astype(np.float32)
        path = tmp_path / f"{layers}-{heads}-{size}.png"
        write_heatmap(maps, ["start", *(f"word {i}" for i in range(size - 1))], path)
        with Image.open(path) as picture:
            picture.load()
            assert picture.format == "PNG"
            sizes.append(picture.size)
        assert path.stat().st_size < 600_000
    assert sizes[1][1] > sizes[0][1]


def test_the_darkest_place_of_a_heat_map_is_the_largest_weight(tmp_path: Path) -> None:
    def darkness(row: int, column: int) -> tuple[float, float]:
        maps = np.zeros((1, 1, 10, 10), dtype=np.float32)
        maps[0, 0, row, column] = 1.0
        write_heatmap(maps, [""] * 10, tmp_path / "map.png")
        with Image.open(tmp_path / "map.png") as picture:
            pixels = np.asarray(picture.convert("RGB"), dtype=int)
        # The colour bar lies to the right of the panel.
        dark = (pixels[:, : pixels.shape[1] - 115, 2] < 130) & (pixels[..., 0] < 30)[:, :-115]
        y, x = np.nonzero(dark)
        return float(np.median(y)), float(np.median(x))

    top, left = darkness(1, 1), darkness(8, 1)
    right = darkness(1, 8)
    assert left[0] > top[0] + 100
    assert right[1] > top[1] + 100
    assert abs(right[0] - top[0]) < 5


def test_a_heat_map_wants_a_name_per_token(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="4 names"):
        write_heatmap(np.ones((1, 1, 3, 3)), ["a", "b", "c", "d"], tmp_path / "map.png")


def test_enumerations_are_spaced() -> None:
    assert wording.join_names(["SHAP"]) == "SHAP"
    assert wording.join_names(["SHAP", "LIME"]) == "SHAP and LIME"
    assert wording.join_names(["SHAP", "LIME", "Occlusion"]) == "SHAP, LIME and Occlusion"
