"""What the page on emergence says of numbers, for every branch and in both languages."""

from typing import Any

import pandas as pd
import pytest

from vitrine.emergence.breaks import outcome
from vitrine.report.pages.emergence.findings import describe_training, title_phases
from vitrine.report.pages.emergence.page import say_measured
from vitrine.report.parts.ability_wording import say_verdict
from vitrine.report.text.language import load_catalogue, use_language

Row = dict[str, Any]


def row(metric: str, mean: float, low: float | None, high: float | None) -> Row:
    return {"metric": metric, "mean": mean, "low": low, "high": high}


FEW = [row("nll", 0.9, None, None), row("exact_match", 0.95, None, None)]
UNSURE = [row("nll", 0.61, 0.45, 0.77), row("exact_match", 0.9, 0.8, 1.0)]
BREAK = [row("nll", 0.887, 0.861, 0.913), row("exact_match", 0.2, 0.1, 0.3)]
CHAIN = [row("kl_bayes", -0.25, -0.304, -0.2)]
BOTH_SMOOTH = [row("nll", 0.1, -0.02, 0.2), row("exact_match", 0.2, 0.1, 0.3)]
METRIC = [
    row("nll", 0.1, 0.0, 0.2),
    row("accuracy", 0.4, 0.3, 0.5),
    row("exact_match", 0.9, 0.8, 1),
]
HALF = [row("nll", 0.1, 0.0, 0.2), row("exact_match", 0.6, 0.4, 0.8)]

# The rows of metrics, training runs that count, the outcome, and the sentence in both languages.
VERDICTS = [
    (
        [],
        0,
        "few",
        "Inconclusive: 0 of 5 training runs succeed and have a loss that is measured before it "
        "falls; the test takes at least 3.",
        "结论不确定：5 次训练中有 0 次成功，且在损失下降之前有测量；检验至少需要 3 次。",
    ),
    (
        FEW,
        2,
        "few",
        "Inconclusive: 2 of 5 training runs succeed and have a loss that is measured before it "
        "falls; the test takes at least 3.",
        "结论不确定：5 次训练中有 2 次成功，且在损失下降之前有测量；检验至少需要 3 次。",
    ),
    (
        UNSURE,
        5,
        "inconclusive",
        "Inconclusive: the abruptness of the NLL is 0.61 (0.45 to 0.77), and the interval includes "
        "0.5. The test uses 5 of 5 training runs.",
        "结论不确定：负对数似然的突变度为 0.61（0.45 至 0.77），区间包含 0.5。"
        "检验使用了 5 次训练中的 5 次。",
    ),
    (
        BREAK,
        4,
        "break",
        "The loss itself breaks: the abruptness of the NLL is 0.89 (0.86 to 0.91), above 0.5. The "
        "metric alone does not make the jump. The test uses 4 of 5 training runs.",
        "损失本身有突变：负对数似然的突变度为 0.89（0.86 至 0.91），大于 0.5。"
        "跃升并非仅由指标造成。检验使用了 5 次训练中的 4 次。",
    ),
    (
        CHAIN,
        5,
        "smooth",
        "The loss has no break: the abruptness of the distance to the Bayes-optimal predictor "
        "(nats) is −0.25 (−0.30 to −0.20), below 0.5. The test uses 5 of 5 training runs.",
        "损失没有突变：与贝叶斯最优预测器的距离（奈特）的突变度为 −0.25（−0.30 至 −0.20），"
        "小于 0.5。检验使用了 5 次训练中的 5 次。",
    ),
    (
        BOTH_SMOOTH,
        5,
        "smooth",
        "Neither the loss nor exact match has a break: the abruptness of the NLL is 0.10 (−0.02 to "
        "0.20) and that of exact match 0.20 (0.10 to 0.30), both below 0.5. The test uses 5 of 5 "
        "training runs.",
        "损失与完全匹配都没有突变：负对数似然的突变度为 0.10（−0.02 至 0.20），完全匹配为 0.20"
        "（0.10 至 0.30），均小于 0.5。检验使用了 5 次训练中的 5 次。",
    ),
    (
        METRIC,
        5,
        "metric",
        "The metric makes the jump: exact match breaks with an abruptness of 0.90 (0.80 to 1.00), "
        "above 0.5, while the loss has no break; the abruptness of the NLL is 0.10 (0.00 to 0.20), "
        "below 0.5. The test uses 5 of 5 training runs.",
        "跃升由指标造成：完全匹配有突变，突变度为 0.90（0.80 至 1.00），大于 0.5；"
        "损失则没有突变，负对数似然的突变度为 0.10（0.00 至 0.20），小于 0.5。"
        "检验使用了 5 次训练中的 5 次。",
    ),
    (
        HALF,
        3,
        "half",
        "The loss has no break: the abruptness of the NLL is 0.10 (0.00 to 0.20), below 0.5. For "
        "exact match the test is inconclusive: 0.60 (0.40 to 0.80) includes 0.5. The test uses 3 "
        "of 5 training runs.",
        "损失没有突变：负对数似然的突变度为 0.10（0.00 至 0.20），小于 0.5。"
        "对完全匹配，检验的结论不确定：0.60（0.40 至 0.80）包含 0.5。"
        "检验使用了 5 次训练中的 3 次。",
    ),
]


@pytest.mark.parametrize(("rows", "runs", "expected", "english", "chinese"), VERDICTS)
def test_the_verdict_on_a_break(
    rows: list[Row], runs: int, expected: str, english: str, chinese: str
) -> None:
    verdict = {"outcome": outcome(rows), "runs": runs, "trainings": 5, "metrics": rows}
    assert verdict["outcome"] == expected
    for language, sentence in (("en", english), ("zh", chinese)):
        with use_language(language):
            assert say_verdict(verdict) == sentence


def test_every_sentence_of_the_verdict_is_in_the_table() -> None:
    keys = {key for key in load_catalogue("en") if key.startswith("emergence.verdict.")}
    said = {expected for _, _, expected, _, _ in VERDICTS} | {"smooth_exact"}
    assert keys == {f"emergence.verdict.{name}" for name in said}


# Facts of a size, and what the page says of its reference.
MEASURED = [
    (
        {"metric": "accuracy", "reference": 0.125, "predictor": "a value of the context"},
        {},
        "Metric: accuracy. Reference: 0.1250, any value of the context (the best predictor that "
        "ignores the key). Optimum: 1.0000.",
        "指标：准确率。参照为 0.1250，即上下文中的任一个值（不看键的最佳预测器）；最优为 1.0000。",
    ),
    (
        {"metric": "accuracy", "reference": 0.166, "predictor": "recency"},
        {"any symbol": 0.03125},
        "Metric: accuracy. Reference: 0.1660, the best predictor from the order in which the "
        "symbols were last seen. Other predictors without the ability: random symbol 0.0312. "
        "Optimum: 1.0000.",
        "指标：准确率。参照为 0.1660，即根据各符号最近一次出现的先后次序的最佳预测器；"
        "其他不具备该能力的预测器：随机猜一个符号 0.0312；最优为 1.0000。",
    ),
    (
        {"metric": "exact_match", "reference": 0.00115, "predictor": ""},
        {},
        "Metric: exact match. Reference: 0.0011, a predictor without the ability. Optimum: 1.0000.",
        "指标：完全匹配。参照为 0.0011，即不具备该能力的预测器；最优为 1.0000。",
    ),
]


@pytest.mark.parametrize(("facts", "lines", "english", "chinese"), MEASURED)
def test_the_reference_names_its_class(
    facts: dict[str, Any], lines: dict[str, float], english: str, chinese: str
) -> None:
    for language, sentence in (("en", english), ("zh", chinese)):
        with use_language(language):
            assert say_measured(facts | {"lines": lines, "optimum": 1.0}) == sentence


def size(**changed: Any) -> dict[str, Any]:
    """A size whose five training runs reach progress 0.5 at step 20."""
    point = {"n": 5, "mean": 20.0, "low": 18.0, "high": 22.0}
    value = {"mean": 0.01, "low": 0.005, "high": 0.02}
    facts = {"size": "s", "optimum": 0.0, "successes": 5, "trainings": 5, "early": 0, "lags": {}}
    return facts | {"breakpoint": point, "value": value} | changed


def chain_curves(counts: list[float], bayes: list[float]) -> pd.DataFrame:
    """Distances of a model to the predictor from counts and to the optimum, at steps 0, 10, ..."""
    rows = [
        (0, 10 * place, metric, value)
        for metric, values in (("kl_counts", counts), ("kl_bayes", bayes))
        for place, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["seed", "step", "metric", "value"])


NEAR = chain_curves([0.5, 0.2, 0.01, 0.1], [0.6, 0.3, 0.09, 0.01])
FAR = chain_curves([0.5, 0.3, 0.2, 0.1], [0.6, 0.3, 0.09, 0.01])
STAYS = chain_curves([0.5, 0.2, 0.01, 0.01], [0.6, 0.3, 0.09, 0.09])

HALF_WAY = (
    "For L, 5 of 5 training runs reach progress 0.5, on average at step 20 (18 to 22).",
    "规模“L”的 5 次训练中有 5 次达成度达到 0.5，平均在第 20 步（18 至 22）。",
)
END = (
    "Final value: 0.0100 (0.0050 to 0.0200); optimum: 0.0000.",
    "训练结束时为 0.0100（0.0050 至 0.0200），最优为 0.0000。",
)
NONE_REACHED = {"n": 0, "mean": None, "low": None, "high": None}
CASES = [
    (
        size(),
        NEAR,
        [
            (
                "On its way, the model comes closest to the predictor from symbol counts at step "
                "20 (distance 0.010 nats, mean over seeds), where it is 0.090 nats from the "
                "Bayes-optimal predictor.",
                "训练途中，模型在第 20 步最接近根据符号计数的预测器（距离 0.010 奈特，"
                "各种子的平均值），此时与贝叶斯最优预测器相距 0.090 奈特。",
            ),
            HALF_WAY,
            END,
        ],
    ),
    # Never nearer to counting than to the optimum: nothing is said of counting.
    (size(), FAR, [HALF_WAY, END]),
    (
        size(early=2, breakpoint={"n": 3, "mean": 20.0, "low": 18.0, "high": 22.0}),
        FAR,
        [
            (
                "For L, 5 of 5 training runs reach progress 0.5: 2 before the first measurement, "
                "the others on average at step 20 (18 to 22).",
                "规模“L”的 5 次训练中有 5 次达成度达到 0.5：其中 2 次在第一次测量之前，"
                "其余平均在第 20 步（18 至 22）。",
            ),
            END,
        ],
    ),
    (
        size(early=5, breakpoint=NONE_REACHED),
        FAR,
        [
            (
                "For L, the training runs that reach progress 0.5 do so before the first "
                "measurement.",
                "规模“L”中达成度达到 0.5 的训练，在第一次测量之前就已达到。",
            ),
            END,
        ],
    ),
    (
        size(successes=0, breakpoint=NONE_REACHED),
        STAYS,
        [
            (
                "On its way, the model comes closest to the predictor from symbol counts at step "
                "20 (distance 0.010 nats, mean over seeds), where it is 0.090 nats from the "
                "Bayes-optimal predictor.",
                "训练途中，模型在第 20 步最接近根据符号计数的预测器（距离 0.010 奈特，"
                "各种子的平均值），此时与贝叶斯最优预测器相距 0.090 奈特。",
            ),
            (
                "For L, the size with the highest progress, no training run reaches progress 0.5.",
                "即使是达成度最高的规模“L”，也没有一次训练的达成度达到 0.5。",
            ),
            END,
            ("No training run succeeds for L.", "以下规模没有一次训练成功：L。"),
            (
                "For L, training ends 0.010 nats from the predictor from symbol counts and 0.090 "
                "from the Bayes-optimal predictor.",
                "规模“L”训练结束时，与根据符号计数的预测器相距 0.010 奈特，"
                "与贝叶斯最优预测器相距 0.090 奈特。",
            ),
        ],
    ),
]


@pytest.mark.parametrize(("facts", "curves", "sentences"), CASES)
def test_what_a_training_showed(
    facts: dict[str, Any], curves: pd.DataFrame, sentences: list[tuple[str, str]]
) -> None:
    for place, language in enumerate(("en", "zh")):
        with use_language(language):
            said = describe_training(facts, {"s": curves}, [facts], {"s": "L"}, pd.Series())
        assert said == [pair[place] for pair in sentences]


def test_the_title_of_phases_speaks_of_counts_only_where_training_passes_near_them() -> None:
    drawn = {"kl_counts": "counts", "kl_bayes": "optimum"}
    with use_language("en"):
        assert title_phases(size(), "L", NEAR, drawn) == (
            "Closest to the predictor from symbol counts at step 20, half-way to the optimum at "
            "step 20"
        )
        assert title_phases(size(), "L", FAR, drawn) == "Training phases of L"
    with use_language("zh"):
        assert title_phases(size(), "L", NEAR, drawn) == (
            "第 20 步时最接近根据符号计数的预测器，第 20 步时达成度过半"
        )
