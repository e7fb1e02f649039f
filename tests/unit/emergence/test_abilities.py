"""Abilities of the default configuration reach what theory allows, and fail where it says so.

Trained as the workflow trains them, at the default sizes and with the default seeds.
"""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from ability_sizes import default_size, default_sizes

from vitrine.config.abilities import AbilitiesSettings
from vitrine.emergence.breaks import judge
from vitrine.emergence.losses import ItemLosses
from vitrine.emergence.registry import ABILITIES, task
from vitrine.emergence.train_ability import AbilityFiles, train_ability
from vitrine.emergence.training import train
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.files import read_json

DEFAULTS = AbilitiesSettings()


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Gives the tables of an ability at the size whose name holds a word, with settings changed."""
    root = tmp_path_factory.mktemp("abilities")
    silent = SimpleNamespace(metrics=lambda *_: None, params=lambda *_: None)

    @cache
    def of_size(name, word="", **changed):
        (size,) = [key for key in default_sizes(name) if word in key]
        folder = root / name / size
        names = ("ability.json", "curves.parquet", "evaluation.parquet", "mechanism.parquet")
        others = ("losses.npz", "checkpoints")
        train_ability(
            AbilityFiles(*(folder / file for file in (*names, *others))),
            name=name,
            size=size,
            settings=default_size(name, size, **changed),
            measurements=DEFAULTS.measurements,
            final_predictions=DEFAULTS.final_predictions,
            record=silent,
        )
        tables = [pd.read_parquet(folder / file) for file in names[1:]]
        return SimpleNamespace(
            facts=read_json(folder / "ability.json"),
            curves=tables[0],
            evaluation=tables[1],
            mechanism=tables[2],
            losses=ItemLosses.load(folder / "losses.npz"),
            folder=folder,
        )

    return of_size


def at_end(found, metric):
    """A metric of every seed after the last step."""
    rows = found.evaluation
    return rows[(rows.checkpoint == "end") & (rows.metric == metric)].value.to_numpy()


def test_two_layers_learn_chains_and_one_counts_symbols(trained):
    one, two = trained("markov", "layers1"), trained("markov", "layers2")
    assert (at_end(two, "kl_bayes") < 0.02).all()
    assert (at_end(one, "kl_bayes") > 0.08).all()
    # On its way the second passes close to the answer of the first.
    curve = two.curves[two.curves.metric == "kl_counts"]
    assert (curve.groupby("seed").value.min() < 0.03).all()
    assert (at_end(two, "kl_counts") > 0.06).all()
    # Without looking up, training does not do better than the best predictor from counts.
    assert (at_end(one, "kl_bayes") > one.facts["reference"]).all()


def test_recall_takes_two_layers_and_its_loss_breaks(trained):
    two, one = trained("recall", "layers2"), trained("recall", "layers1")
    assert (at_end(two, "accuracy") > 0.95).all()
    assert (np.abs(at_end(one, "accuracy") - 1 / 8) < 0.02).all()
    # The loss per symbol falls from 2.5 to below 0.3 within 40 steps.
    found = judge(two.losses, np.ones(5, dtype=bool), StatisticsSettings())
    assert found["outcome"] == "break"
    assert found["metrics"][0]["metric"] == "nll"
    assert found["metrics"][0]["low"] > 0.8
    smooth = judge(one.losses, np.ones(5, dtype=bool), StatisticsSettings())
    assert smooth["metrics"][0]["high"] < 0.2


def test_losses_of_items_have_the_means_of_the_curves(trained):
    for name, word, metric in (("recall", "layers2", "nll"), ("markov", "layers2", "kl_bayes")):
        found = trained(name, word)
        rows = found.curves[found.curves.metric == metric].sort_values(["seed", "step"])
        means = found.losses.values[metric].mean(axis=-1)
        assert found.losses.steps.tolist() == sorted(rows.step.unique())
        np.testing.assert_allclose(means.ravel(), rows.value, rtol=1e-4, atol=1e-6)
    assert trained("gradient").losses.values == {}


def test_repetition_takes_two_layers(trained):
    two, one = trained("repeat", "layers2"), trained("repeat", "layers1")
    assert (at_end(two, "accuracy") > 0.95).all()
    assert (at_end(two, "induction") > 0.9).all()
    # The best predictor by recency is not reached without looking up.
    assert (at_end(one, "accuracy") < one.facts["reference"]).all()


def test_linear_attention_reaches_the_error_of_one_step_of_descent(trained):
    found = trained("gradient")
    assert found.facts["optimum"] == pytest.approx(5 * 6 / 16)
    error, deviation = at_end(found, "squared_error"), at_end(found, "standard_error")
    assert (np.abs(error - found.facts["optimum"]) < 3 * deviation).all()
    assert at_end(found, "step_size") == pytest.approx(10 / 16, abs=0.05)


def test_exact_match_is_the_product_of_the_positions(trained):
    # The width that makes the jump with all seeds, the others, whose end is no question, with one.
    # More test items tell exact match from the product more sharply than the workflow must.
    for width, least, most, changed in (
        ("width8", 0, 0.3, {"seeds": 1}),
        ("width16", 0.2, 1, {}),
        ("width32", 0.95, 1, {"seeds": 1}),
    ):
        found = trained("addition", width, test_items=3000, **changed)
        exact, product = (
            found.curves[found.curves.metric == m] for m in ("exact_match", "product")
        )
        apart = exact.assign(by=exact.value.to_numpy() - product.value.to_numpy())
        assert apart.groupby("step").by.mean().abs().max() < 0.02
        # Within a training the places' errors come together a little while it learns to carry.
        assert apart.by.abs().max() < 0.03
        assert (at_end(found, "exact_match") >= least).all()
        assert (at_end(found, "exact_match") <= most).all()


def test_induction_heads_carry_the_ability(trained):
    found = trained("heads")
    parts = found.mechanism[found.mechanism.measure.isin(["intact", "ablation_layer"])]
    for _, rows in parts.groupby("seed"):
        intact = rows[rows.measure == "intact"].value.item()
        without = rows[rows.measure == "ablation_layer"].value
        assert len(without) == 2
        assert (without >= 5 * intact).all()
    scores = found.mechanism.set_index(["measure", "layer"]).value
    assert scores["induction_uniform"].max() == pytest.approx(0.135, abs=0.01)
    assert scores["induction", 2].min() > 0.65
    assert scores["previous", 1].max() > 0.3
    # The symbol before the present one is not in its embedding, and is after the first layer.
    assert scores["probe", 0].max() < 0.2
    assert scores["probe", 1].min() > 0.95
    assert scores["probe_shuffled"].max() < 0.2
    # A probe that memorises a label for every pair of symbols tells far fewer.
    assert scores["probe", 1].min() - scores["probe_by_type", 1].max() > 0.4
    assert (at_end(found, "icl_score") < -0.12).all()
    assert at_end(found, "icl_bayes") == pytest.approx(-0.148, abs=0.015)


def test_grokking_comes_late_and_only_from_enough_examples(trained):
    groks = trained("modular", "share0.4")
    for _, curve in groks.curves.groupby("seed"):
        steps = {
            metric: rows[rows.value > 0.9].step.min()
            for metric, rows in curve.groupby("metric")
            if "accuracy" in metric
        }
        assert steps["accuracy"] >= 3 * steps["train_accuracy"]
    few = trained("modular", "share0.3")
    assert (at_end(few, "train_accuracy") == 1).all()
    assert (at_end(few, "accuracy") < 0.05).all()
    shares = groks.curves[groks.curves.metric == "fourier_share"]
    assert shares[shares.step == 0].value.to_numpy() == pytest.approx(0.15, abs=0.01)
    assert at_end(groks, "fourier_share").min() > 0.73
    assert at_end(few, "fourier_share").max() < 0.3


@cache
def small_transformer(weight_decay):
    """Measurements of a transformer on sums modulo 23, by step and metric."""
    changed = {"modulus": 23, "width": 32, "share": 0.7, "learning_rate": 0.003, "steps": 700}
    settings = default_size("grokking", weight_decay=weight_decay, **changed)
    run = train(task("grokking", settings), seed=0, measurements=35, report=lambda *_: None)
    return run.curve.pivot_table(index="step", columns="metric", values="value")


def test_a_transformer_that_forgets_groks():
    curve = small_transformer(1.0)
    known = curve.index[curve.train_accuracy > 0.9][0]
    assert curve.index[curve.accuracy > 0.9][0] >= 3 * known
    assert curve.accuracy[known] < 0.6
    assert curve.accuracy.iloc[-1] > 0.95
    assert curve.fourier_share.iloc[-1] > 0.85


def test_without_weight_decay_a_transformer_only_knows_what_it_has_learned():
    curve = small_transformer(0.0)
    assert curve.train_accuracy.iloc[-1] == 1
    assert curve.accuracy.iloc[-1] < 0.8
    assert curve.fourier_share.iloc[-1] < 0.8


def test_checkpoints_hold_the_moments_of_emergence(trained):
    from safetensors.torch import load_file

    found = trained("repeat", "layers2")
    assert set(found.evaluation.checkpoint) == {"start", "before", "middle", "after", "end"}
    ability = task("repeat", ABILITIES["repeat"].settings.model_validate(found.facts["settings"]))
    model = ability.build()
    model.load_state_dict(load_file(found.folder / "checkpoints" / "seed1-after.safetensors"))
    again = ability.measure(model.eval(), ability.test(400, np.random.default_rng(0)))
    rows = found.evaluation.set_index(["seed", "checkpoint", "metric"]).value
    assert again["accuracy"] == pytest.approx(rows[1, "after", "accuracy"], abs=0.02)
    torch.testing.assert_close(again["accuracy"] > 0.9, True)
