"""The training, metric and model sizes that are proposed for data of a given size."""

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vitrine.data.domains.domain import SELECTION_METRICS
from vitrine.data.domains.registry import DOMAINS
from vitrine.data.proposing.training import proposed_metric, proposed_scales, proposed_training
from vitrine.training.settings import TrainingSettings

CONFIG = Path(__file__).parents[3] / "config" / "config.yaml"
SIZES = [1, 2, 30, 569, 1_309, 7_043, 22_272, 100_000, 1_000_000, 50_000_000]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("rows", SIZES)
def test_the_training_is_accepted_by_the_configuration(domain, rows):
    proposed = proposed_training(domain, rows)
    settings = TrainingSettings.model_validate(proposed)
    assert settings.model_dump(include=set(proposed)) == proposed
    # A feature that is absent in explanations must have been absent in training.
    assert settings.token_dropping >= 0.3
    assert settings.patience <= settings.epochs


@pytest.mark.parametrize("domain", DOMAINS)
@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_more_rows_never_get_more_epochs_or_smaller_batches(domain, rows, others):
    few, many = (proposed_training(domain, count) for count in sorted((rows, others)))
    assert few["epochs"] >= many["epochs"]
    assert few["batch_size"] <= many["batch_size"]
    assert few["patience"] >= many["patience"]


@pytest.mark.parametrize("domain", ["text", "table", "image"])
@pytest.mark.parametrize("rows", [1_309, 7_043, 22_272])
def test_data_of_usual_size_get_a_similar_number_of_steps(domain, rows):
    proposed = proposed_training(domain, rows)
    steps = proposed["epochs"] * math.ceil(0.7 * rows / proposed["batch_size"])
    assert 800 <= steps <= 4_000


@pytest.mark.parametrize("rows", [569, 1_309, 7_043, 22_272, 100_000])
def test_the_weights_are_averaged_over_an_epoch_or_500_steps(rows):
    proposed = proposed_training("table", rows)
    steps = math.ceil(0.7 * rows / proposed["batch_size"])
    averaged = 1 / (1 - proposed["weight_averaging"])
    assert averaged == pytest.approx(min(steps, 500), rel=0.1)


def test_only_words_and_items_start_from_their_company():
    starts = {domain: proposed_training(domain, 5000).get("start") for domain in DOMAINS}
    assert starts == {"text": "documents", "image": None, "table": None, "sequence": "neighbours"}


@pytest.mark.parametrize(
    ("class_counts", "metric"),
    [
        ([500, 500], "log_loss"),
        ([900, 100], "log_loss"),
        ([901, 99], "average_precision"),
        ([12, 19_988], "average_precision"),
        ([900, 80, 20], "log_loss"),
        ([40] * 10, "log_loss"),
    ],
)
def test_a_rare_class_of_two_is_to_be_detected(class_counts, metric):
    assert proposed_metric(class_counts) == metric
    assert metric in SELECTION_METRICS["classification"]
    assert proposed_metric(class_counts, positive=False) == "log_loss"


def test_model_sizes_grow_with_the_rows_and_shrink_with_the_length():
    assert proposed_scales(200, 10) == ["nano", "micro"]
    assert proposed_scales(5_000, 10) == ["nano", "micro", "small"]
    assert proposed_scales(5_000, 512) == ["nano", "micro"]
    architectures = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["architectures"]
    assert set(proposed_scales(5_000, 10)) <= set(architectures)
