"""A method is added by the files of its own package and its texts alone."""

from copied import CopiedLibrary

DESCRIPTOR = '''
"""Inclusion: what the target gains by each player alone."""

from pydantic import Field

from vitrine.attribution.method import Budget, Method
from vitrine.section import Section


class InclusionSettings(Section):
    """What the target gains by each player alone."""

    passes: int = Field(default=1, ge=1, description="How often the model runs.")


METHOD = Method(
    name="inclusion",
    order=35,
    implementation="vitrine.attribution.methods.inclusion.inclusion",
    cost="n + 2",
    settings=InclusionSettings,
    budget=Budget("passes", 8),
)
'''

IMPLEMENTATION = '''
"""What the target gains by each player alone."""

import numpy as np

from vitrine.attribution.methods.inclusion import InclusionSettings
from vitrine.attribution.task import Task
from vitrine.games.game import Explanation, Strategy


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance."""
    assert task.settings_as(InclusionSettings).passes
    return [inclusion(int(n)) for n in task.examples.lengths]


def inclusion(players: int) -> Strategy[Explanation]:
    """v(i) - v(empty) for each player i, with n + 2 evaluations."""
    masks = np.vstack([np.zeros((1, players)), np.ones((1, players)), np.eye(players)]) > 0
    values = yield masks
    unknown = np.full(players, np.nan)
    return Explanation(values[2:] - values[0], unknown, float(values[0]), float(values[1]))
'''

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
    library.add("attribution/methods/inclusion/__init__.py", DESCRIPTOR)
    library.add("attribution/methods/inclusion/inclusion.py", IMPLEMENTATION)
    library.add_text("methods", 'inclusion = "Inclusion"')
    assert library.run(USE) == "[4, 6]"
    assert len(library.added) <= 3
