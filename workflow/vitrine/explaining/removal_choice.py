"""Choosing, on validation, what removed features become."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vitrine.evaluation.predict import load_split, some_of
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.session import Session
from vitrine.seeds import derive
from vitrine.validation.calibration.in_distribution import log_losses
from vitrine.validation.calibration.settings import RemovalCheckSettings
from vitrine.validation.choice import choose, means_with_intervals

SPLIT = "validation"
MEASURE = "log_loss"


def choose_removal(
    session: Session,
    kinds: Sequence[str],
    *,
    margin: float,
    check: RemovalCheckSettings,
    statistics: StatisticsSettings,
    seed: int,
) -> Mapping[str, Any]:
    """Choose the removal that leaves the model the best predictions of what is true.

    Args:
        session: the model; the kind of removal of its game is not used.
        kinds: removals to try, the preferred first.
        margin: how much worse than the best, in nats, is hardly worse.
        check: ``instances`` and ``shares`` of the check of calibration under feature removal.
        statistics: of the intervals.
        seed: seed of the validation.

    Returns:
        ``chosen``, the ``measure``, ``n`` and what each of the ``candidates`` reached.
    """
    seed = derive(seed, "choice")
    whole = load_split(session.files.data, SPLIT, session.encoding, session.model)
    examples = some_of(whole, check.instances, seed).examples
    if session.encoding.task == "ranking":
        examples = examples.take(np.flatnonzero(examples.labels > 0))
    losses = np.stack(
        [
            log_losses(
                session.model,
                session.removal_of(examples, kind),
                check.shares,
                np.random.default_rng(seed),
            )
            for kind in kinds
        ],
        axis=1,
    )
    place = choose(losses.mean(axis=0), range(len(kinds)), margin, higher_is_better=False)
    rows = means_with_intervals(losses, statistics, seed)
    return {
        "chosen": kinds[place],
        "measure": MEASURE,
        "n": len(losses),
        "candidates": [{"removal": kind} | row for kind, row in zip(kinds, rows, strict=True)],
    }
