"""The files that the recipes of docs/architecture.md create, by their path below the library."""

METHOD = {
    "attribution/methods/inclusion/__init__.py": '''
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
''',
    "attribution/methods/inclusion/inclusion.py": '''
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
''',
}
METHOD_TEXTS = {"methods": 'inclusion = "Inclusion"'}

MEASURE = {
    "validation/faithfulness/measures/first_fall.py": '''
"""First fall: what the target loses without its most important player."""

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.measure import DirectMeasure, Inputs
from vitrine.validation.faithfulness.ranking import chain


def first_fall(values: np.ndarray, inputs: Inputs) -> Strategy[float]:
    """v(N) - v(N without the leading player)."""
    whole = np.ones((1, len(values)), dtype=bool)
    full, without = yield np.vstack([whole, ~chain(values, np.array([1]))])
    return float(full - without)


MEASURE = DirectMeasure(
    name="first_fall",
    order=65,
    better="higher",
    lowest=-1.0,
    highest=1.0,
    needs="nothing",
    reference="this test",
    strategy=first_fall,
    scale="output",
)
''',
}
MEASURE_TEXTS = {
    "measures": 'first_fall.title = "First fall"\nfirst_fall.meaning = "loss without the first"'
}

ABILITY = {
    "emergence/abilities/successor/__init__.py": '''
"""Counting: every symbol is the one after that before it."""

from pydantic import Field

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import BatchSize, DrawnSettings, Layers, Steps, TestItems, Width


class SuccessorSettings(DrawnSettings):
    """Counting: every symbol is the one after that before it."""

    layers: Layers = Field(json_schema_extra={"sizes": [1]})
    width: Width = Field(json_schema_extra={"sizes": [8]})
    steps: Steps = Field(json_schema_extra={"sizes": [20]})
    batch_size: BatchSize = 64
    test_items: TestItems = 64
    length: int = Field(default=6, ge=2, description="Symbols of a sequence.")


ABILITY = Ability(
    name="successor",
    order=65,
    settings=SuccessorSettings,
    description="Counting: every symbol is the one after that before it.",
)
''',
    "emergence/abilities/successor/task.py": '''
"""Counting: every symbol is the one after that before it."""

import numpy as np
import torch
from torch import Tensor

from vitrine.emergence.abilities.successor import SuccessorSettings
from vitrine.emergence.discrete import SymbolTask
from vitrine.emergence.task import transformer
from vitrine.evaluation.progress import Anchors
from vitrine.models.transformer import Transformer


class Successor(SymbolTask[SuccessorSettings]):
    """Counts modulo ten from a random start."""

    def anchors(self) -> Anchors:
        return Anchors("exact_match", 0.0, 1.0, {"any symbol": 0.1})

    def build(self) -> Transformer:
        length = self.settings.length
        return transformer(self.settings, vocabulary=10, outputs=10, relative=length)

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        ids = (rng.integers(0, 10, (count, 1)) + np.arange(self.settings.length)) % 10
        scored = np.ones(ids.shape, dtype=bool)
        scored[:, 0] = False
        return ids, scored

    def test(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        return self.draw(count, rng)


TASK = Successor
''',
}
ABILITY_TEXTS = {
    "abilities.successor": '''title = "Counting on"
task = "Every symbol is the one after that before it."
theory = "The optimum is 1."
source = "this test"
axis = "Share"
phases.exact_match = "exact match"
phases.accuracy = "accuracy"''',
}

PAGE = {
    "report/pages/sizes/__init__.py": '''
"""How large the vocabulary of every study is."""

from vitrine.report.page import Page

PAGE = Page(
    name="sizes",
    order=65,
    inputs=lambda files, study: {"sheets": files.all_study_files("data/datasheet.json")},
    caption="How large the vocabulary of every study is.",
    has_figures=False,
)
''',
    "report/pages/sizes/page.py": '''
"""How large the vocabulary of every study is."""

from vitrine.files import read_json
from vitrine.report.page import PageContext
from vitrine.report.shell import write_page


def write(outputs, context: PageContext) -> None:
    """Write the page."""
    symbols = {
        study: read_json(folder / "data" / "datasheet.json")["vocabulary_size"]
        for study, folder in context.study_folders.items()
    }
    sections = {"title": "Sizes", "symbols": symbols}
    write_page(outputs["page"], sections, site=context.site, page="sizes")
''',
    "report/pages/sizes/page.html": """{% extends "base.html" %}
{% block main %}{% for study, count in symbols.items() %}
<p>{{ study }}: {{ count }} entries of the vocabulary</p>
{% endfor %}{% endblock %}
""",
}
PAGE_TEXTS = {"pages": 'sizes = "All sizes"'}
