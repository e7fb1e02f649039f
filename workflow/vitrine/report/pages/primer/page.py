"""Writing the primer: emergence, attention, LIME and SHAP on three examples, computed here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier

from vitrine.attribution.methods.lime import LimeOptions
from vitrine.attribution.methods.lime.lime import lime
from vitrine.attribution.methods.shap.shapley import shapley
from vitrine.data.domains.registry import DOMAINS
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play
from vitrine.games.inputs import FunctionGames, table_game
from vitrine.games.values import of_probabilities
from vitrine.report.page import PageContext
from vitrine.report.pages.primer.charts import draw_two_metrics
from vitrine.report.parts.charts import draw_figure
from vitrine.report.parts.contributions import draw_waterfall
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.instances import ExplainedInstance
from vitrine.report.shell import write_page
from vitrine.report.text.language import say, use_language

X = np.array([1.0, 2.0, 3.0])
W1, B1 = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([0.5, 0.6])
W2, B2 = np.array([[0.7, 0.8], [0.9, 1.0]]), np.array([1.1, 1.2])
QUERIES = np.array([[1.0, 0.5], [0.8, 0.9], [0.6, 0.7], [0.4, 0.3]])
SENTENCE = "I love to eat pizza and drink coffee"
CLAIMED_ATTENTION = np.array([[0.4, 0.6], [0.3, 0.7], [0.2, 0.5], [0.1, 0.4]])
WEIGHTS = np.array([0.5, 0.3, 0.2])
STEPS = 8
FLOWER = 70  # an iris near the border between two species


def two_layers(x: np.ndarray, *, rows_are_inputs: bool) -> tuple[np.ndarray, np.ndarray]:
    """W2 relu(W1 x + b1) + b2 and the hidden layer, for one input vector.

    Args:
        x: float [n].
        rows_are_inputs: whether a weight's row stands for an input (x W) or an output (W x).

    Raises:
        ValueError: the shapes do not fit.
    """
    first, second = (W1, W2) if rows_are_inputs else (W1.T, W2.T)
    hidden = np.maximum(x @ first + B1, 0.0)
    return hidden, hidden @ second + B2


def attend(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """softmax(Q Kᵀ / sqrt(d)) and its product with V, for float [tokens, d] each."""
    scores = q @ k.T / np.sqrt(q.shape[1])
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights, weights @ v


def weighted_average(x: np.ndarray, base: np.ndarray, weights: np.ndarray) -> float:
    """sum w (x - base) / sum w: one number."""
    return float((weights * (x - base)).sum() / weights.sum())


def explain_flower() -> tuple[ExplainedInstance, dict[str, Any]]:
    """LIME and exact Shapley values of one decision of a small network on Fisher's irises.

    Returns:
        The explained flower, and facts of the model: ``accuracy`` on the flowers that it has not
        seen, ``probability`` of the predicted species, ``local_r2``.
    """
    data = load_iris()
    order = np.random.default_rng(0).permutation(len(data.data))
    train, rest = order[:100], order[100:]
    centre, spread = data.data[train].mean(axis=0), data.data[train].std(axis=0)
    inputs = (data.data - centre) / spread
    model = MLPClassifier((8,), solver="lbfgs", alpha=0.1, random_state=0, max_iter=500)
    model.fit(inputs[train], data.target[train])
    shares = model.predict_proba(inputs[[FLOWER]])[0]
    target = int(shares.argmax())

    def value(rows: np.ndarray) -> np.ndarray:
        return of_probabilities(model.predict_proba(rows), target, "log_odds")

    game = table_game(value, inputs[FLOWER], background=inputs[train[:32]])
    games = FunctionGames([game], players=[4])
    options = LimeOptions(samples=500)
    rng = np.random.default_rng(0)
    strategies = {
        "shap": shapley(4, evaluations=16, rng=rng),
        "lime": lime(4, options, DOMAINS["table"].neighbourhood, rng),
    }
    explanations = {
        name: play([strategy], Evaluator(games))[0] for name, strategy in strategies.items()
    }
    names = [
        f"{name.removesuffix(' (cm)')} = {size:g} cm"
        for name, size in zip(data.feature_names, data.data[FLOWER], strict=True)
    ]
    attributions = {
        name: pd.DataFrame(
            {
                "player": range(4),
                "player_name": names,
                "value": explanation.values,
                "std_error": explanation.std_error,
                "base_value": explanation.base_value,
                "full_value": explanation.full_value,
            }
        )
        for name, explanation in explanations.items()
    }
    species = str(data.target_names[target])
    right = target == data.target[FLOWER]
    none = pd.Series(dtype=object)
    facts = {
        "accuracy": float(model.score(inputs[rest], data.target[rest])),
        "species": species,
        "probability": float(shares[target]),
        "local_r2": explanations["lime"].diagnostics["local_r2"],
        "n": len(rest),
    }
    return ExplainedInstance("test", FLOWER, bool(right), none, none, species, attributions), facts


def write(outputs: Mapping[str, Path], context: PageContext) -> None:
    """Write the page.

    Args:
        outputs: ``page``, and where they are wanted ``figures``, a folder.
        context: of the page.
    """
    with use_language(context.site.language):
        sections = _compute_sections()
    write_page(outputs["page"], sections, site=context.site, page="primer")
    write_figures(sections, outputs.get("figures"))


def _compute_sections() -> dict[str, Any]:
    try:
        two_layers(X, rows_are_inputs=True)
        refusal = ""
    except ValueError as error:
        refusal = str(error)
    weights, mixed = attend(QUERIES, QUERIES, QUERIES)
    flower, facts = explain_flower()
    words = SENTENCE.split()
    return {
        "title": say("pages.primer"),
        "refusal": refusal,
        "inputs": X[:2],
        "networks": [
            {"rows": rows, "hidden": hidden, "output": out}
            for rows in (True, False)
            for hidden, out in [two_layers(X[:2], rows_are_inputs=rows)]
        ],
        "queries": QUERIES,
        "weights": weights,
        "mixed": mixed,
        "least": QUERIES.min(axis=0),
        "claimed": CLAIMED_ATTENTION,
        "words": words,
        "scored": words[: len(QUERIES)],
        "average": weighted_average(X, np.zeros(3), WEIGHTS),
        "terms": [
            {"weight": float(w), "x": float(x), "product": float(w * x)}
            for w, x in zip(WEIGHTS, X, strict=True)
        ],
        "flower": facts,
        "waterfall": draw_waterfall(flower, "shap", "lime"),
        "emergence": _draw_emergence(),
    }


def _draw_emergence() -> dict[str, Any]:
    """The same smooth progress per step, seen by a metric that wants all steps right."""
    share = np.linspace(0, 1, 101)
    points = pd.DataFrame(
        {
            "share": np.tile(100 * share, 2),
            "value": np.concatenate([share, share**STEPS]),
            "kind": [say("primer.one_step")] * 101 + [say("primer.all_steps", n=STEPS)] * 101,
        }
    )
    title = say("primer.emergence_title", half=f"{0.5 ** (1 / STEPS):.2f}", n=STEPS)
    chart = draw_two_metrics(points, say("primer.progress"), say("primer.measured"))
    return draw_figure(title, chart, 220)
