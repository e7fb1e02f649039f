"""A method is added by the files of its own package and its texts alone."""

import additions
from copied import CopiedLibrary

USE = """
import numpy as np, tiny
from vitrine.attribution.registry import METHODS, method, strategies
from vitrine.attribution.task import Task
from vitrine.code_digest import code_digest
from vitrine.config.docs import documentation, editor_schema
from vitrine.config.explanation import ExplanationSettings
from vitrine.config.reference import methods_and_measures
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play
from vitrine.games.model_games import ModelGames

assert list(METHODS)[2:5] == ["occlusion", "inclusion", "gradient"]
settings = ExplanationSettings(methods=["inclusion"], inclusion={"passes": 2})
assert "inclusion" in ExplanationSettings().methods
assert settings.of_method("inclusion").passes == 2
assert method("inclusion").limited(settings.of_method("inclusion"), 64).passes == 8
for text in (documentation(), editor_schema(), methods_and_measures()):
    assert "inclusion" in text
assert "`explanation.inclusion.passes` | integer | `1`" in documentation()
model, examples, targets = tiny.model(tiny.architecture()), tiny.examples([4, 6]), np.array([0, 1])
games = ModelGames(model, examples, targets)
task = Task(model, examples, targets, "text", settings.of_method("inclusion"), 0, games.kind)
explanations = play(strategies("inclusion", task), Evaluator(games))
print([len(explanation.values) for explanation in explanations])
"""


def test_a_method_is_its_package_and_its_texts(tmp_path):
    library = CopiedLibrary(tmp_path)
    library.add_all(additions.METHOD, additions.METHOD_TEXTS)
    assert library.run(USE) == "[4, 6]"
    assert len(library.added) <= 3
