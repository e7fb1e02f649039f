"""The words of pages, documentation and configuration are the terms of the field."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vitrine.config.root import Config
from vitrine.config.schema import rows
from vitrine.report.text.language import load_catalogue

ROOT = Path(__file__).parents[2]
# Whole words or phrases, and the term that stands in their place.
AVOIDED = {
    r"graphics cards?": "GPU",
    r"by heart": "memorise",
    r"players?": "feature",
    r"participants?": "feature",
    r"running average": "exponential moving average",
    r"(beats|beaten|to beat)": "significantly better than",
    r"(beyond|within) the interval": "confidence intervals overlap, not significant",
    r"holds? the bound": "the interval contains the threshold, inconclusive",
    r"clear winner": "inconclusive",
    r"better than chance": "not significantly better than a random ranking",
    r"can be trusted": "significantly better than a random ranking",
    r"foretells?|foretold": "predict",
    r"knows? removal": "calibration under feature removal",
    r"says? the same": "mean ablation",
    r"(Bayes’|Bayes') answer": "Bayes-optimal predictor",
    r"crown(ed|s)?": "promote",
    r"made-up": "generated",
}
AVOIDED_CHINESE = {
    "参与者": "特征",
    "显卡": "GPU",
    "死记": "记忆",
    "背下": "记忆",
    "难分高下": "结论不确定",
    "胜出": "更好",
    "不优于随机": "与随机排序相比无显著优势",
    "未超出区间": "置信区间重叠",
    "包含界限": "置信区间包含阈值",
    "熟悉移除": "移除特征后的校准",
    "贝叶斯答案": "贝叶斯最优预测器",
    "玻璃橱窗": "透明",
}
# The engine's own documentation calls the features of a game players, and peers have the word too.
OF_THE_ENGINE = ("docs/architecture.md", "docs/explaining.md", "docs/shapley.md")


def _english() -> Iterator[tuple[str, str]]:
    """Texts by where they stand, without code, which keeps its names."""
    for key, text in load_catalogue("en").items():
        yield f"en.toml: {key}", text
    for row in rows(Config.model_json_schema()):
        yield f"description of {row.key}", row.meaning
    documents = ["README.md", "config/README.md", "data/README.md"]
    documents += [str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md"))]
    for name in documents:
        yield name, re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.S)
    for path in sorted((ROOT / "config").glob("*.yaml")):
        comments = re.findall(r"# .*", path.read_text(encoding="utf-8"))
        yield str(path.relative_to(ROOT)), "\n".join(comments)


@pytest.mark.parametrize("pattern", AVOIDED)
def test_the_terms_of_the_field_are_used(pattern: str) -> None:
    for place, text in _english():
        if pattern == "players?" and place in OF_THE_ENGINE:
            continue
        plain = re.sub(r"`[^`]*`|\{\w+\}", "", text)
        found = re.search(rf"\b({pattern})(?!\w)", plain, re.IGNORECASE)
        assert not found, f"{place}: {found[0]!r}; write {AVOIDED[pattern]!r}"


@pytest.mark.parametrize("phrase", AVOIDED_CHINESE)
def test_the_terms_of_the_field_are_used_in_chinese(phrase: str) -> None:
    texts = [*load_catalogue("zh").items()]
    texts.append(("README.zh-CN.md", (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")))
    for place, text in texts:
        assert phrase not in text, f"{place}; write {AVOIDED_CHINESE[phrase]!r}"
