"""Which training, metric and model sizes `new-study` proposes, from the size of the data alone.

The number of optimisation steps decides how much a small model learns, so each domain has its
number of steps (`Domain.training`), and the epochs follow from it: few for many rows, many for few
rows. Light, since `new-study` starts without torch.
"""

import math
from collections.abc import Sequence
from typing import Any

from vitrine.data.domains.registry import DOMAINS

# Share of the rows that the proposed random split leaves for training.
TRAINING_SHARE = 0.7
# A class with a smaller share of the rows is rare.
RARE = 0.1
# A small model averages its weights over about an epoch, within these numbers of steps.
_FEWEST_AVERAGED, _MOST_AVERAGED = 5, 500
# Share of the epochs without improvement after which training stops, and their fewest.
_PATIENCE, _FEWEST_PATIENT = 0.2, 4
# The batches of large data grow, so that even the fewest epochs take at most so many times the
# steps of the recipe.
_MOST_STEPS = 4
_LARGEST_BATCH = 1024
# With fewer rows the larger models only memorise; longer instances make them slow.
_ROWS_FOR_SMALL = 1000
_LENGTH_FOR_SMALL = 128


def proposed_training(domain: str, rows: int) -> dict[str, Any]:
    """The section ``training`` of a study.

    Args:
        domain: its name, as in `vitrine.data.domains.registry.DOMAINS`.
        rows: instances of the whole file; for histories their windows, that is, for each user the
            number of events divided by the maximum length, rounded up.

    Returns:
        Values of `vitrine.training.settings.TrainingSettings`, by name.
    """
    recipe = DOMAINS[domain].training
    training_rows = max(1, round(TRAINING_SHARE * rows))
    fewest, most = recipe.epochs
    steps_per_epoch = math.ceil(training_rows / recipe.batch_size)
    epochs = min(max(round(recipe.steps / steps_per_epoch), fewest), most)
    batch_size = recipe.batch_size
    while epochs * steps_per_epoch > _MOST_STEPS * recipe.steps and batch_size < _LARGEST_BATCH:
        batch_size *= 2
        steps_per_epoch = math.ceil(training_rows / batch_size)
    averaged = min(max(steps_per_epoch, _FEWEST_AVERAGED), _MOST_AVERAGED)
    return {
        "epochs": epochs,
        "batch_size": batch_size,
        **recipe.settings,
        "weight_averaging": round(1 - 1 / averaged, 4),
        "patience": max(_FEWEST_PATIENT, round(_PATIENCE * epochs)),
    }


def proposed_metric(class_counts: Sequence[int], positive: bool = True) -> str:
    """The metric on validation that chooses epoch and model of a classification.

    Args:
        class_counts: rows of each class.
        positive: whether the section ``data`` of the study can name the class to be detected.

    Returns:
        ``average_precision`` for two classes of which one is rare, else ``log_loss``, which takes
        all instances into account and is therefore the least noisy. Average precision is that of
        the positive class: name the rare one in ``data: {positive: ...}``.
    """
    rare = min(class_counts) < RARE * sum(class_counts)
    return "average_precision" if positive and rare and len(class_counts) == 2 else "log_loss"


def proposed_scales(rows: int, length: float) -> list[str]:
    """Names of the model sizes of config.yaml that suit the data.

    Args:
        rows: instances of the whole file.
        length: features per instance, at most.
    """
    small = rows >= _ROWS_FOR_SMALL and length <= _LENGTH_FOR_SMALL
    return ["nano", "micro", *(["small"] if small else [])]
