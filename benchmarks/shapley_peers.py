"""Shapley estimators of other packages behind one signature.

Each takes the game, ``value(masks: bool [m, n]) -> float64 [m]``, the number of players, the model
evaluations it may use and a seed, and returns Shapley values float64 [n].
"""

import logging
from collections.abc import Callable
from typing import Any

import captum.attr
import numpy as np
import shap
import shapiq
import torch

logging.getLogger("shap").setLevel(logging.WARNING)

Value = Callable[[np.ndarray], np.ndarray]
"""A game: masks bool [m, players] to values float64 [m]."""
Peer = Callable[[Value, int, int, int], np.ndarray]


def kernel_explainer(**settings: Any) -> Peer:
    """`shap.KernelExplainer` with settings of its ``shap_values``."""

    def explain(value: Value, players: int, budget: int, seed: int) -> np.ndarray:
        np.random.seed(seed)  # noqa: NPY002 (the package knows no other seed)
        explainer = shap.KernelExplainer(
            lambda x: value(x > 0.5), np.zeros((1, players)), silent=True
        )
        # The empty and the full coalition come on top of nsamples.
        nsamples = budget - 2
        values = explainer.shap_values(np.ones(players), nsamples=nsamples, silent=True, **settings)
        return np.asarray(values)

    return explain


def permutation_explainer(value: Value, players: int, budget: int, seed: int) -> np.ndarray:
    """`shap.PermutationExplainer`; a permutation and its reverse need 2n + 1 evaluations.

    The number of permutations is rounded to the nearest, so it may use a little more than allowed.
    """
    explainer = shap.PermutationExplainer(
        lambda x: value(x > 0.5), np.zeros((1, players)), seed=seed
    )
    rounds = max(1, round(budget / (2 * players)))
    calls = rounds * (2 * players + 1)
    values = explainer(np.ones((1, players)), max_evals=calls, silent=True).values
    return np.asarray(values[0])


def captum_kernel_shap(value: Value, players: int, budget: int, seed: int) -> np.ndarray:
    """`captum.attr.KernelShap`."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (the package knows no other seed)
    method = captum.attr.KernelShap(lambda x: torch.from_numpy(value(x.numpy() > 0.5)))
    result = method.attribute(
        torch.ones(1, players),
        baselines=torch.zeros(1, players),
        n_samples=budget,
        perturbations_per_eval=256,
    )
    return np.asarray(result.numpy()[0], dtype=np.float64)


def approximator(name: str, uniform_sizes: bool = False, **settings: Any) -> Peer:
    """An approximator of shapiq; ``uniform_sizes`` samples by leverage scores."""

    def explain(value: Value, players: int, budget: int, seed: int) -> np.ndarray:
        options = dict(settings)
        if uniform_sizes:
            options["sampling_weights"] = np.array([0.0, *[1.0] * (players - 1), 0.0])
        method = getattr(shapiq.approximator, name)(n=players, random_state=seed, **options)
        values = method.approximate(budget=budget, game=value)
        return np.array([values[(player,)] for player in range(players)])

    return explain


PEERS: dict[str, Peer] = {
    "shap KernelExplainer, l1_reg=0": kernel_explainer(l1_reg=0),
    "shap KernelExplainer, default": kernel_explainer(),
    "shap PermutationExplainer": permutation_explainer,
    "captum KernelShap": captum_kernel_shap,
    "shapiq KernelSHAP, paired": approximator("KernelSHAP", pairing_trick=True),
    "shapiq LeverageSHAP": approximator("KernelSHAP", uniform_sizes=True, pairing_trick=True),
    "shapiq kADD-SHAP": approximator("kADDSHAP", max_order=2),
}
