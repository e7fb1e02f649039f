"""A study of a user's own data, from the file to its page, with configuration alone."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from running import SMOKE, snakemake

GOOD, BAD = "我很喜欢这个产品，质量非常好。", "太差了！完全不能用，很失望。"
FILLERS = ["昨天收到。", "包装一般，", "第二次购买；", "送货很快，", "朋友推荐的，"]
QUICK = {
    "scales": ["nano"],
    "seeds": [0],
    "abilities": {"run": []},
    "report": {"language": "zh"},
}


def test_chinese_texts_from_a_file_to_a_page(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "comments.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for number in range(240):
            before, behind = rng.choice(FILLERS, 2)
            rows.writerow(
                [f"{before}{(GOOD, BAD)[number % 2]}{behind}{number}", "好差"[number % 2]]
            )
    subprocess.run(
        [sys.executable, "-m", "vitrine", "new-study", "comments", "data/comments.csv"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(SMOKE.parents[1] / "workflow")},
        check=True,
    )
    own = tmp_path / "config" / "comments.yaml"
    quick = tmp_path / "quick.yaml"
    training = {"epochs": 20, "batch_size": 16, "learning_rate": 0.01}
    definitions = {"comments": {"training": training, "compare_dropping": False}}
    quick.write_text(yaml.safe_dump(QUICK | {"definitions": definitions}), encoding="utf-8")
    snakemake(tmp_path, "--configfile", str(SMOKE), str(own), str(quick))

    results = tmp_path / "results" / "comments"
    choice = json.loads((results / "chosen.json").read_text())
    model = results / choice["scale"] / "seed0"
    evaluation = pd.DataFrame(json.loads((model / "evaluation.json").read_text())["metrics"])
    accuracy = evaluation[(evaluation["split"] == "test") & (evaluation["metric"] == "accuracy")]
    assert accuracy["value"].item() > 0.95
    shap = pd.read_parquet(model / "attributions" / "shap.parquet")
    # Every word is a player, and the page shows them one by one.
    assert {"失望", "喜欢"} & set(shap["player_name"])
    page = (tmp_path / "results" / "report" / "comments.html").read_text(encoding="utf-8")
    assert 'lang="zh-Hans"' in page
    assert "失望" in page or "喜欢" in page
