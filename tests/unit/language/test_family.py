"""Families of language models: from the configuration to the page, on models made here."""

import copy
import json
import re
from pathlib import Path
from types import SimpleNamespace

import altair as alt
import decoders as small
import numpy as np
import pandas as pd
import pytest
import yaml

from vitrine.config.errors import ConfigError
from vitrine.config.load import load
from vitrine.config.root import Config
from vitrine.data.encoding import Encoding, save_encoding
from vitrine.evaluation.progress import late_less_early
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.files import read_json
from vitrine.language.analyse_family import analyse_family
from vitrine.language.prompts import balanced_texts, clean_text, prompt_of
from vitrine.language.settings import FamilySettings
from vitrine.language.study_member import study_member
from vitrine.language.train_member import train_member
from vitrine.models.machine import Machine
from vitrine.report.page import PageContext
from vitrine.report.pages.registry import PAGES
from vitrine.report.site import Site
from vitrine.report.text.language import say, use_language
from vitrine.report.text.wording import format_small
from vitrine.workflow.resources import Requests

ROOT = Path(__file__).parents[3]
BASE = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
CLASSES = ["other", "great"]
FAMILY = {
    "study": "teas",
    "shots": [0, 1, 2],
    "draws": 2,
    "instances": 8,
    "words": 4,
    "prompt": "{text}: {label}. ",
    "labels": {"great": "good", "other": "bad"},
    "positions": 16,
    "texts": 30,
    "repeats": 8,
    "sequences": 6,
    "ablated_heads": 1,
    "maps": 1,
}
TRAIN = {
    "layers": 1,
    "heads": 2,
    "width": 16,
    "vocabulary": 300,
    "context": 64,
    "steps": 3,
    "batch_size": 4,
    "learning_rate": 0.003,
    "repeated": 0.25,
    "labelled": True,
    "seed": 0,
}


def say_in(language: str, key: str) -> str:
    with use_language(language):
        return say(key)


def silent() -> SimpleNamespace:
    return SimpleNamespace(metrics=lambda *_: None, params=lambda *_: None, tag=lambda *_: None)


def member(model: Path | None, **changes: object) -> dict:
    """A model of a family, as the configuration states it; without a folder one that is trained."""
    plain = {"model": model and str(model), "revision": None, "step": None, "allow": []}
    return plain | {"train": None if model else TRAIN} | changes


def prepared(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    words = ["tea", "soup", "fine", "cold", "warm", "price", "cup", "never", "again"]
    for split, count in (("train", 20), ("test", 30)):
        rows = [
            {"instance": row, "text": " ".join(rng.choice(words, 9)), "label": CLASSES[row % 2]}
            for row in range(count)
        ]
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows).to_parquet(folder / f"{split}.parquet")
    details = {"segmentation": "words"}
    save_encoding(
        folder,
        Encoding("teas", "text", "classification", CLASSES, ["?"], 9, 9, 0, 1, details),
    )
    return folder


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    """A pretrained model, two checkpoints of another, and one that we train."""
    root = tmp_path_factory.mktemp("family")
    data = prepared(root / "data")
    family = root / "families" / "made"
    models = {
        "gpt": member(small.save("gpt2", root / "gpt")),
        "early": member(small.save("llama", root / "early", seed=1), step=10),
        "late": member(small.save("llama", root / "late", seed=2), step=1000),
        "ours": member(None),
    }
    settings = FamilySettings.model_validate(FAMILY | {"models": models})
    train_member(data, family / "ours", family=settings, machine=Machine(), record=silent())
    for name in models:
        study_member(
            data,
            family / name,
            family=settings,
            confidence=0.95,
            machine=Machine(),
            record=silent(),
        )
    analyse_family(
        [family / name for name in models],
        family / "emergence.json",
        family / "curves.parquet",
        statistics=StatisticsSettings(bootstrap=100, confidence=0.95),
        record=silent(),
    )
    return family


def test_each_model_leaves_tidy_tables(family):
    for name in ("gpt", "early", "late", "ours"):
        folder = family / name
        facts = read_json(folder / "model.json")
        heads = pd.read_parquet(folder / "heads.parquet")
        assert len(heads) == 2 * (1 + facts["layers"] * facts["heads"])
        assert heads["value"].between(0, 1).all()
        positions = pd.read_parquet(folder / "positions.parquet")
        # Nine words of one token or more.
        assert 9 <= len(positions) <= 16
        assert positions["position"].tolist() == list(range(len(positions)))
        shots = pd.read_parquet(folder / "shots.parquet")
        assert set(shots["n"]) == {8}
        # With examples, two draws and two kinds of labels; each calibrated or not.
        assert shots.groupby("shots").size().tolist() == [2, 8, 8]
        assert shots["p_value"].between(0, 1).all()
        copied = pd.read_parquet(folder / "copying.parquet")
        assert copied["ablation"].tolist() == [
            "intact",
            "intact",
            "without_matching",
            "without_others",
        ]
        maps = [np.load(path) for path in sorted(folder.glob("attention/text0/*.npy"))]
        assert len(maps) == facts["layers"]
        assert maps[0].shape[0] == facts["heads"]
        assert 8 < maps[0].shape[1] == maps[0].shape[2] <= 17
        np.testing.assert_allclose(maps[0].astype(float).sum(axis=-1), 1, atol=0.01)


def test_ours_is_read_by_transformers_like_any_other(family):
    net = small.plain(family / "ours" / "transformers")
    assert net.config.model_type == "gpt2"
    facts = read_json(family / "ours" / "model.json")
    assert (facts["layers"], facts["width"], facts["limit"]) == (1, 16, 64)


def test_the_analysis_has_what_the_models_measured(family):
    found = read_json(family / "emergence.json")
    curves = pd.read_parquet(family / "curves.parquet")
    assert [model["member"] for model in found["models"]] == ["gpt", "early", "late", "ours"]
    assert found["shots"] == 2
    nll = pd.read_parquet(family / "gpt" / "positions.parquet")["nll"].to_numpy()
    values = curves[curves["member"] == "gpt"].set_index("metric")["value"]
    assert values["icl_score"] == pytest.approx(late_less_early(nll))
    heads = pd.read_parquet(family / "gpt" / "heads.parquet")
    best = heads[(heads["layer"] > 0) & (heads["measure"] == "previous")]["value"].max()
    assert values["previous"] == pytest.approx(best)
    assert len(values[["few_shot"]]) == len(values[["few_shot_random_labels"]]) == 2
    abilities = {one["metric"]: one for one in found["abilities"]}
    assert abilities["few_shot"]["reference"] == 0.5
    # Three sizes, of which one has two checkpoints.
    assert set(abilities["copying"]["along"]["fits"]) == {"linear", "logistic"}
    assert len(abilities["copying"]["training"]) == 1
    assert abilities["copying"]["training"][0]["parameters"] == int(
        curves[curves["member"] == "late"]["parameters"].iloc[0]
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_models_and_controls(family, language, tmp_path):
    page = tmp_path / "families.html"
    site = Site((), ("families",), language)
    inputs = {"analyses": [family / "emergence.json"]}
    context = PageContext(site=site, statistics=StatisticsSettings(), inputs=inputs)
    PAGES["families"].write({"page": page}, context)
    text = page.read_text(encoding="utf-8")
    body = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    for name in ("gpt", "early", "late", "ours"):
        assert name in body
        difference = read_json(family / name / "model.json")["parity"]["difference"]
        assert 0 < difference <= 1e-4
        assert f'<td class="number">{format_small(difference)}</td>' in body
    assert say_in(language, "families.terms.parity") in body
    assert body.count('<div class="chart">') == 3
    specs = re.findall(r'<script type="application/json">(.*?)</script>', text, flags=re.DOTALL)
    for spec in specs:
        alt.Chart.from_dict(json.loads(spec))
    assert len(specs) >= 3
    if language == "zh":
        plain = re.sub(r"<style.*?</style>|<code>.*?</code>|<[^>]*>", " ", body, flags=re.DOTALL)
        assert not re.search(r"[a-z]{3,}(?:[ ,]+[a-z]{2,}){2,}", plain)


def test_questions_are_drawn_from_all_classes_alike():
    frame = pd.DataFrame(
        {"text": ["a <br /> b  c d", "!!", *["x y"] * 8], "label": ["great"] * 3 + ["other"] * 7}
    )
    texts, labels = balanced_texts(frame, CLASSES, 2, 6, np.random.default_rng(0))
    # Of the three great ones, one has no word.
    assert sorted(labels.tolist()) == [0, 0, 0, 1, 1]
    assert "a b" in texts
    assert clean_text("a <br /> b  c d") == "a b c d"
    settings = FAMILY | {"models": {"gpt": member(Path("gpt"))}, "labels": {"awful": "x"}}
    with pytest.raises(ValueError, match="`labels` names awful; the classes are other, great"):
        prompt_of(FamilySettings.model_validate(settings), CLASSES)


def test_the_configuration_says_what_is_wrong_with_a_family(tmp_path):
    config = copy.deepcopy(BASE)
    config["families"] = {
        "mine": {"study": "digits", "models": {"a": {"model": str(tmp_path / "none")}}},
        "other": {"study": "revews", "models": {"a": {"train": {"layers": 1, **_size(4, 32)}}}},
    }
    with pytest.raises(ConfigError) as caught:
        load(config, [])
    said = str(caught.value)
    assert "Language models need texts, and `digits` has none (image)" in said
    assert "There is no such folder" in said
    assert "`revews` is not in `definitions`" in said
    assert "reviews" in said


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ({"models": {"a": {}}}, "Give either `model`, for a pretrained model, or `train`"),
        ({"models": {}}, "Give at least one model"),
        ({"prompt": "{label} {text}"}, "Must contain `{text}`, followed by `{label}`"),
        ({"models": {"a": {"train": {"layers": 1, "heads": 3, "width": 32}}}}, "Not divisible"),
    ],
)
def test_a_family_that_makes_no_sense_is_refused(family, reason):
    config = copy.deepcopy(BASE)
    config["families"] = {"mine": {"study": "reviews", "models": {"a": {"model": "gpt2"}}} | family}
    with pytest.raises(ConfigError) as caught:
        load(config, [])
    assert reason in str(caught.value)


def _size(heads: int, width: int) -> dict[str, int]:
    return {"heads": heads, "width": width}


def test_the_shipped_family_is_valid_and_asks_for_memory_by_its_models(tmp_path):
    shipped = yaml.safe_load((ROOT / "config" / "family.yaml").read_text(encoding="utf-8"))
    config = load({**BASE, **shipped}, [])
    assert Config.model_validate(config).families["small"].models["deep"].train is not None
    wide = {"num_hidden_layers": 12, "hidden_size": 1024, "vocab_size": 50_000}
    folder = small.save("gpt_neox", tmp_path / "neox", num_attention_heads=4)
    facts = json.loads((folder / "config.json").read_text()) | wide
    (folder / "config.json").write_text(json.dumps(facts))
    config["families"]["small"]["models"]["large"] = member(folder)
    memory = Requests(config).memory("family")

    def asked(name: str) -> int:
        wildcards = SimpleNamespace(get={"member": name, "family": "small"}.get)
        wildcards.family, wildcards.member = "small", name
        return memory(wildcards, 1)

    # 12 blocks of 12.6 million weights and two tables of 51 million, of four bytes.
    assert asked("large") - asked("deep") > 2 * 4 * 253_000_000 / 2**20
