"""The instances that a page shows: chosen by rule, with what is needed to draw them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.domains.sequence.encoding import item_titles
from vitrine.data.domains.text.cleaning import decoded
from vitrine.data.domains.text.markup import MARKUP
from vitrine.report.parts.results import StudyResults

FIRST_RANKS = 10
# How many instances of each split are chosen among right and among wrong predictions.
CHOSEN = (("test", True, 2), ("test", False, 2), ("validation", True, 1), ("validation", False, 1))


@dataclass(frozen=True)
class ExplainedInstance:
    """One instance with its explanations."""

    split: str
    instance: int
    right: bool
    prediction: pd.Series
    """Its row of ``predictions.parquet``."""
    data: pd.Series
    """Its row of ``<split>.parquet``."""
    target: str
    attributions: dict[str, pd.DataFrame]
    """Method to rows in order of the features."""

    @property
    def key(self) -> str:
        return f"{self.split}-{self.instance}"


def explained_predictions(results: StudyResults, attributions: pd.DataFrame) -> pd.DataFrame:
    """Predictions of the explained instances, with a column ``right``, in order of instance.

    A recommendation counts as right when the held-out item is among the first ten.
    """
    predictions = pd.read_parquet(results.chosen.folder / "predictions.parquet")
    frame = predictions.merge(attributions[["split", "instance"]].drop_duplicates())
    if results.task == "ranking":
        frame["right"] = frame["rank"] <= FIRST_RANKS
    else:
        frame["right"] = frame["label"].astype(str) == frame["predicted"].astype(str)
    return frame.sort_values("instance", ignore_index=True)


def choose_by_rule(predictions: pd.DataFrame) -> pd.DataFrame:
    """Choose the instances to show first by rule from `explained_predictions`, test first.

    Two right and two wrong predictions on test and one of each on validation, in order of instance
    number, with a new class each time where there is one.
    """
    groups = ["split", "right"] + ([] if "rank" in predictions else ["label"])
    frame = predictions.assign(turn=predictions.groupby(groups).cumcount())
    frame = frame.sort_values(["turn", "instance"])
    parts = [
        frame[(frame["split"] == split) & (frame["right"] == right)].head(most)
        for split, right, most in CHOSEN
    ]
    return pd.concat(parts, ignore_index=True).drop(columns="turn")


def choose_printed(predictions: pd.DataFrame) -> pd.DataFrame:
    """The first right and the first wrong instance of test among those chosen by rule."""
    chosen = choose_by_rule(predictions)
    return chosen[chosen["split"] == "test"].groupby("right", sort=False).head(1)


def load_instances(
    results: StudyResults, attributions: pd.DataFrame, chosen: pd.DataFrame
) -> list[ExplainedInstance]:
    """What is needed to draw the chosen instances, in their order.

    Args:
        results: of the study.
        attributions: of its chosen model.
        chosen: rows of `explained_predictions`.
    """
    data = {
        split: pd.read_parquet(results.folder / "data" / f"{split}.parquet")
        for split in chosen["split"].unique()
    }
    rows = {split: frame.set_index("instance") for split, frame in data.items()}
    keys = chosen[["split", "instance"]].drop_duplicates()
    explained = dict(list(attributions.merge(keys).groupby(["split", "instance"])))
    instances = []
    for _, prediction in chosen.iterrows():
        split, instance = prediction["split"], int(prediction["instance"])
        attributed = explained[split, instance]
        instances.append(
            ExplainedInstance(
                split=split,
                instance=instance,
                right=bool(prediction["right"]),
                prediction=prediction,
                data=rows[split].loc[[instance]].iloc[0],
                target=str(attributed["target"].iloc[0]),
                attributions={
                    str(method): table.sort_values("player", ignore_index=True)
                    for method, table in attributed.groupby("method", sort=False)
                },
            )
        )
    return instances


def load_item_titles(results: StudyResults) -> dict[str, str]:
    """Item number (as text) to ``Title (Year)``; empty for studies without a catalogue of items."""
    if results.panel != "history":
        return {}
    return {str(item): title for item, title in item_titles(results.folder / "data").items()}


def split_words(text: str, words: list[str]) -> list[tuple[str, int | None]]:
    """Cut a text into words that are features and what stands between them.

    Args:
        text: as it is in the data; its characters are `decoded`, and markup is kept as text but
            never searched for words.
        words: the names of the features in order.

    Returns:
        Pieces of the text with the number of the feature, or None for what is none.
    """
    shown, searched = "", ""
    end = 0
    for tag in [*MARKUP.finditer(text), None]:
        piece = decoded(text[end : tag.start() if tag else len(text)])
        shown, searched = shown + piece, searched + piece
        if tag:
            shown, searched = shown + tag[0], searched + " " * len(tag[0])
            end = tag.end()
    spans: list[tuple[str, int | None]] = []
    at = 0
    for feature, word in enumerate(words):
        start = searched.find(word, at)
        if start < 0:
            spans.append((f" {word}", feature))
            continue
        if start > at:
            spans.append((shown[at:start], None))
        at = start + len(word)
        spans.append((shown[start:at], feature))
    if at < len(shown):
        spans.append((shown[at:], None))
    return spans


def read_pixels(data: pd.Series) -> list[float]:
    """The pixels of an image, row by row, as shares of the brightest."""
    values = data[[name for name in data.index if str(name).startswith("pixel_")]].to_numpy(float)
    shares: list[float] = (values / max(values.max(), 1e-12)).tolist()
    return shares


def probability(log_odds: float) -> float:
    """The probability p of log-odds log(p / (1 - p))."""
    return float(np.exp(-np.logaddexp(0.0, -log_odds)))


def standard_error(value: float) -> float | None:
    """The standard error, or None where a method states none."""
    return None if math.isnan(value) else value


def describe_prediction(instance: ExplainedInstance, titles: dict[str, str]) -> dict[str, Any]:
    """The prediction and the truth, with titles instead of numbers of items."""
    row = instance.prediction
    predicted, label = str(row["predicted"]), str(row["label"])
    facts: dict[str, Any] = {
        "predicted": titles.get(predicted, predicted),
        "label": titles.get(label, label),
        "target": instance.target,
    }
    if "rank" in row:
        facts["rank"] = int(row["rank"])
        facts["candidates"] = int(row["candidates"])
        facts["in_vocabulary"] = bool(row["in_vocabulary"])
    else:
        facts["probability"] = float(row[f"probability_{predicted}"])
    return facts
