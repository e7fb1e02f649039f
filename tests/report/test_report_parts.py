import html
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vitrine.attention.heatmaps import write_heatmap
from vitrine.data.domains.text.words import words_of
from vitrine.report.pages.study.checks import tabulate_removal
from vitrine.report.pages.study.models import describe_confusion
from vitrine.report.parts import charts, contributions
from vitrine.report.parts.headline import Headline
from vitrine.report.parts.instances import ExplainedInstance, choose_by_rule, split_words
from vitrine.report.parts.results import Baseline
from vitrine.report.parts.verdict import Verdict
from vitrine.report.shell import environment
from vitrine.report.text import wording
from vitrine.report.text.language import say, use_language


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


def compared(outcome: str, **figures: object) -> dict:
    row = {"metric": "auc", "difference": 0.05, "low": 0.01, "high": 0.09, "p_value": 0.0004}
    return row | {"test": "DeLong", "outcome": outcome, "n": 100} | figures


def headline(against: dict, log_loss: dict | None = None, trivial: dict | None = None) -> Headline:
    figures = {"low": 0.8, "high": 0.95, "n": 100, "higher_is_better": True}
    return Headline(
        study="reviews",
        model="small, seed 0",
        scale="small",
        seed=0,
        metric="auc",
        own=figures | {"value": 0.9},
        baseline=Baseline("logistic", "Logistic regression", pd.DataFrame(), False),
        other=figures | {"value": 0.85},
        against=against,
        log_loss=log_loss,
        trivial=trivial,
        trivial_title="Class frequencies",
        confidence="95%",
        margin=0.02,
    )


CLOSE = {"difference": 0.004, "low": -0.008, "high": 0.016, "p_value": 0.51}
BEHIND = {"difference": -0.05, "low": -0.09, "high": -0.01, "p_value": 0.012}
UNSURE = {"difference": 0.05, "low": -0.01, "high": 0.11, "p_value": 0.103}
HEADLINES = [
    (
        "en",
        headline(compared("better")),
        "Transformer better. AUC is 0.900 for the transformer and 0.850 for Logistic regression: "
        "difference +0.050 (95% CI 0.010 to 0.090, p < 0.001, DeLong’s test).",
    ),
    (
        "en",
        headline(compared("worse", **BEHIND)),
        "Baseline better. AUC is 0.900 for the transformer and 0.850 for Logistic regression: "
        "difference −0.050 (95% CI −0.090 to −0.010, p = 0.012, DeLong’s test).",
    ),
    (
        "en",
        headline(compared("equivalent", **CLOSE)),
        "Equivalent. AUC is 0.900 for the transformer and 0.850 for Logistic regression: "
        "difference +0.004 (95% CI −0.008 to 0.016, p = 0.510, DeLong’s test). The interval lies "
        "within the margin of ±0.02.",
    ),
    (
        "en",
        headline(compared("inconclusive", **UNSURE)),
        "Inconclusive. AUC is 0.900 for the transformer and 0.850 for Logistic regression: "
        "difference +0.050 (95% CI −0.010 to 0.110, p = 0.103, DeLong’s test).",
    ),
    (
        "en",
        headline(
            compared("better"),
            log_loss=compared("better", metric="log_loss", test="bootstrap"),
            trivial=compared("inconclusive", **UNSURE),
        ),
        "Transformer better. The transformer is not shown to be better than Class frequencies "
        "(difference +0.050 (95% CI −0.010 to 0.110, p = 0.103, DeLong’s test)), so its "
        "explanations explain little. AUC is 0.900 for the transformer and 0.850 for Logistic "
        "regression: difference +0.050 (95% CI 0.010 to 0.090, p < 0.001, DeLong’s test). Log "
        "loss: difference −0.050 (95% CI −0.090 to −0.010, p < 0.001, paired bootstrap).",
    ),
    (
        "zh",
        headline(compared("equivalent", **CLOSE)),
        "等价。AUC：Transformer 为 0.900，Logistic regression 为 0.850，差为 +0.004（95% 置信区间 "
        "−0.008 至 0.016，p = 0.510，DeLong 检验）。区间在 ±0.02 的界限之内。",
    ),
    (
        "zh",
        headline(compared("worse", **BEHIND), trivial=compared("worse", **BEHIND)),
        "基线更好。不能证明 Transformer 优于 Class frequencies（差为 −0.050（95% 置信区间 "
        "−0.090 至 −0.010，p = 0.012，DeLong 检验）），因此它的解释说明不了多少。AUC："
        "Transformer 为 0.900，Logistic regression 为 0.850，差为 −0.050（95% 置信区间 "
        "−0.090 至 −0.010，p = 0.012，DeLong 检验）。",
    ),
]


@pytest.mark.parametrize(("language", "found", "sentence"), HEADLINES)
def test_the_headline_says_the_difference_and_no_more(
    language: str, found: Headline, sentence: str
) -> None:
    with use_language(language):
        said = say("headline.both", title=found.winner_title, sentence=found.sentence)
    assert said == sentence


def test_a_difference_that_is_not_defined_is_inconclusive() -> None:
    nothing = {"difference": None, "low": None, "high": None, "p_value": 1.0}
    found = headline(compared("inconclusive", **nothing))
    assert found.winner == "inconclusive"
    assert found.sentence.endswith("difference not defined.")


def against(outcome: str, difference: float, width: float, p: float) -> dict:
    ends = {"low": difference - width, "high": difference + width}
    return {"outcome": outcome, "difference": difference, "p_value": p, "effect": 0.5} | ends


BETTER, WORSE = against("better", 0.3, 0.1, 0.0005), against("worse", -0.2, 0.1, 0.02)
EQUAL, OPEN = against("equivalent", 0.001, 0.01, 0.9), against("inconclusive", 0.19, 0.2, 0.052)
FIGURES = (
    "normalised comprehensiveness 0.900 on test (CI 0.800 to 0.950, n = 32), compared with 0.010 "
    "for a random ranking"
)


def verdict(floor: dict, others: dict, of_others: dict, **facts: object) -> Verdict:
    return Verdict(
        {
            "measure": "normalised_comprehensiveness",
            "method": "shap",
            "mean": 0.9,
            "low": 0.8,
            "high": 0.95,
            "n": 32,
            "random": 0.01,
            "against": others | {"random": floor},
            "chance": {"shap": floor} | of_others,
            "hopeless": 0,
            "margin": 0.02,
            "least": 10,
            "too_few": False,
        }
        | facts
    )


VERDICTS = [
    (
        verdict(BETTER, {"lime": BETTER}, {"lime": BETTER}),
        "best",
        f"Highest mean on validation: SHAP, {FIGURES}. It is better than a random ranking (+0.300, "
        "CI 0.200 to 0.400, p < 0.001).",
        ["It is better than LIME (+0.300, CI 0.200 to 0.400, p < 0.001)."],
    ),
    (
        verdict(
            BETTER,
            {"lime": EQUAL, "occlusion": OPEN, "rollout": BETTER, "gradient": WORSE},
            {"lime": BETTER, "occlusion": EQUAL, "rollout": WORSE, "gradient": OPEN},
            hopeless=2,
        ),
        "better",
        f"Highest mean on validation: SHAP, {FIGURES}. It is better than a random ranking (+0.300, "
        "CI 0.200 to 0.400, p < 0.001).",
        [
            "It is better than Attention rollout (+0.300, CI 0.200 to 0.400, p < 0.001).",
            "It is worse than Gradient × input (−0.200, CI −0.300 to −0.100, p = 0.020).",
            "It is equivalent, within ±0.02, to LIME (+0.001, CI −0.009 to 0.011, p = 0.900).",
            "Inconclusive against Occlusion (+0.190, CI −0.010 to 0.390, p = 0.052).",
            "Worse than a random ranking: Attention rollout (−0.200, CI −0.300 to −0.100, "
            "p = 0.020).",
            "Equivalent to a random ranking within ±0.02: Occlusion (+0.001, CI −0.009 to 0.011, "
            "p = 0.900).",
            "Inconclusive against a random ranking: Gradient × input (+0.190, CI −0.010 to 0.390, "
            "p = 0.052).",
            "On 2 of 32 instances, no method scores above the mean of the random rankings.",
        ],
    ),
    (
        verdict(OPEN, {}, {}),
        "inconclusive",
        "Inconclusive: SHAP, the method with the highest mean on validation, may or may not be "
        f"better than a random ranking (+0.190, CI −0.010 to 0.390, p = 0.052; {FIGURES}).",
        [],
    ),
    (
        verdict(EQUAL, {}, {}),
        "equivalent",
        f"Highest mean on validation: SHAP, {FIGURES}. It is equivalent to a random ranking within "
        "±0.02 (+0.001, CI −0.009 to 0.011, p = 0.900).",
        [],
    ),
    (
        verdict(WORSE, {}, {}),
        "worse",
        f"Highest mean on validation: SHAP, {FIGURES}. On test it is worse than a random ranking "
        "(−0.200, CI −0.300 to −0.100, p = 0.020).",
        [],
    ),
    (
        verdict(BETTER, {"lime": BETTER}, {"lime": WORSE}, n=4, too_few=True),
        "too_few",
        "Inconclusive: 4 instances are too few to compare methods; at least 10 are needed. Highest "
        f"mean on validation: SHAP, {FIGURES.replace('32', '4')}.",
        [],
    ),
    (
        verdict(BETTER, {}, {}, chance={}, random=None),
        "inconclusive",
        "Highest mean on validation: SHAP, normalised comprehensiveness 0.900 on test (CI 0.800 to "
        "0.950, n = 32). It is not compared with a random ranking.",
        [],
    ),
]


@pytest.mark.parametrize(("found", "outcome", "sentence", "details"), VERDICTS)
def test_the_verdict_in_words(
    found: Verdict, outcome: str, sentence: str, details: list[str]
) -> None:
    assert (found.outcome, found.sentence, found.details) == (outcome, sentence, details)
    assert found.entry()["faithful_outcome"] == outcome


@pytest.mark.parametrize(
    ("found", "sentence", "details"), [(found, *texts) for found, _, *texts in VERDICTS]
)
def test_the_verdict_in_chinese_has_the_same_parts(
    found: Verdict, sentence: str, details: list[str]
) -> None:
    with use_language("zh"):
        said = [found.sentence, *found.details]
    assert len(said) == 1 + len(details)
    for chinese, english in zip(said, [sentence, *details], strict=True):
        numbers = r"p < 0.001|[+−]?\d+\.\d+"
        assert sorted(re.findall(numbers, chinese)) == sorted(re.findall(numbers, english))
        assert ("不确定" in chinese) == ("nconclusive" in english)
        assert ("等价" in chinese) == ("equivalent" in english.casefold())


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
