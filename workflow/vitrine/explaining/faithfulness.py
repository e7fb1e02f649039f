"""Faithfulness of all methods on the explained instances, and calibration under feature removal."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from vitrine.evaluation.predict import load_split, some_of
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.coalition_cache import CoalitionCache
from vitrine.explaining.session import Session
from vitrine.explaining.settings import InstanceSettings
from vitrine.games.values import probability
from vitrine.models.model import Model
from vitrine.seeds import derive
from vitrine.validation.calibration.in_distribution import under_removal
from vitrine.validation.calibration.settings import RemovalCheckSettings
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.faithfulness.validate import validate
from vitrine.validation.localisation.ground_truth import localise


def measure_faithfulness(
    session: Session,
    instances: InstanceSettings,
    attributions: pd.DataFrame,
    cache: CoalitionCache,
    *,
    settings: FaithfulnessSettings,
    seed: int,
) -> pd.DataFrame:
    """Every measure of every method, on the same instances and coalitions.

    Classifiers are measured on the probability of the explained class and, where a measure's name
    says so or it compares with the attributions themselves, on its log-odds, whatever value
    function the attributions explain; recommenders on the score of the explained item.

    Args:
        session: the model and the game that measures.
        instances: which instances.
        attributions: of all methods.
        cache: coalitions that were evaluated before.
        settings: of the measures.
        seed: base seed of what the measures draw.

    Returns:
        ``split, instance, method, measure, value``.
    """
    parts = []
    scale = probability if session.encoding.task == "classification" else None
    for split in session.splits(instances):
        games = session.play(split, cache=cache)
        rows = attributions[attributions.split == split.split]
        numbers = split.examples.instance
        parts.append(validate(rows, games.evaluator, numbers, split.split, settings, scale, seed))
        frame = pd.read_parquet(session.files.data / f"{split.split}.parquet")
        if "reasons" in frame:
            parts.append(localise(rows, frame, split.split))
    return pd.concat(parts, ignore_index=True)


def measure_removal(
    session: Session,
    controls: Mapping[str, Model],
    *,
    check: RemovalCheckSettings,
    statistics: StatisticsSettings,
    seed: int,
) -> pd.DataFrame:
    """Accuracy and confidence while random features are removed.

    Args:
        session: the model and its removal.
        controls: further models by name, which are measured on test.
        check: ``instances`` and ``shares``.
        statistics: of the intervals.
        seed: base seed.

    Returns:
        The rows of `under_removal`, with the column ``model``: ``explained`` or a control's name.
    """
    parts = []
    for split in ("validation", "test"):
        # Nothing is chosen among the controls, so they are measured on test alone.
        models = {"explained": session.model} | (dict(controls) if split == "test" else {})
        for name, model in models.items():
            whole = load_split(session.files.data, split, session.encoding, model)
            some = some_of(whole, check.instances, seed)
            removal = session.removal_of(some.examples)
            # All models lose the same features.
            rng = np.random.default_rng(derive(seed, "removal", split))
            rows = under_removal(model, some, removal, check.shares, statistics, rng)
            parts.append(rows.assign(model=name))
    return pd.concat(parts, ignore_index=True)
