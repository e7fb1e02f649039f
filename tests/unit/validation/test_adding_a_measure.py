"""A measure is added by one file and its texts alone."""

import additions
import pytest
from copied import CopiedLibrary

USE_FAITHFULNESS = """
import numpy as np, pandas as pd
from vitrine.config.reference import methods_and_measures
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.games.game import play_one
from vitrine.validation.comparison import compare
from vitrine.validation.faithfulness.instance import measure_instance
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.registry import MEASURES

assert list(MEASURES).index("first_fall") == list(MEASURES).index("deletion_auc") - 1
assert "first_fall" in methods_and_measures()
weights = np.array([1.0, 3.0, -2.0, 0.5])
attributions = {"true": weights, "other": -weights}
strategy = measure_instance(
    attributions, FaithfulnessSettings(), SCALE, np.random.default_rng(0)
)
measured = play_one(strategy, lambda masks: masks @ weights)
frame = pd.DataFrame(
    [
        ("test", instance, method, "first_fall", values["first_fall"] + instance)
        for instance in range(3)
        for method, values in measured.items()
    ],
    columns=["split", "instance", "method", "measure", "value"],
)
weights = pd.Series(1.0, index=pd.MultiIndex.from_product([["test"], range(3)]))
compared = compare(frame, weights, StatisticsSettings(bootstrap=100), 0)
assert set(compared["measure"]) == {"first_fall"}
print({method: values["first_fall"] for method, values in measured.items()})
"""

LOCALISATION = '''
"""Whether every deciding player leads."""

import numpy as np

from vitrine.validation.localisation.measure import LocalisationMeasure


def all_lead(values: np.ndarray, reasons: np.ndarray) -> float:
    """1 where the deciding players have the largest absolute values, else 0."""
    leading = np.argsort(-np.abs(values), kind="stable")[: reasons.sum()]
    return float(reasons[leading].all())


MEASURE = LocalisationMeasure(
    name="all_lead",
    order=115,
    better="higher",
    lowest=0.0,
    highest=1.0,
    needs="instances whose reasons are known",
    reference="this test",
    function=all_lead,
)
'''

USE_LOCALISATION = """
import pandas as pd
from vitrine.validation.localisation.ground_truth import localise

attributions = pd.DataFrame(
    {"instance": 7, "method": "shap", "player": [0, 1, 2], "value": [0.1, -2.0, 1.0]}
)
data = pd.DataFrame({"instance": [7], "kind": ["rule"], "reasons": [[1, 2]]})
table = localise(attributions, data, "test").set_index("measure")["value"]
print(table.to_dict())
"""


@pytest.mark.parametrize(("scale", "factor"), [("output", 10.0), ("attribution", 1.0)])
def test_a_measure_of_faithfulness_is_one_file_and_its_texts(tmp_path, scale, factor):
    library = CopiedLibrary(tmp_path)
    for path, text in additions.MEASURE.items():
        library.add(path, text.replace('scale="output"', f'scale="{scale}"'))
    library.add_texts(additions.MEASURE_TEXTS)
    use = USE_FAITHFULNESS.replace("SCALE", "lambda values: 10 * values")
    assert library.run(use) == str({"true": 3.0 * factor, "other": -2.0 * factor})
    assert len(library.added) == 1


def test_a_measure_of_localisation_is_one_file_and_its_texts(tmp_path):
    library = CopiedLibrary(tmp_path)
    library.add("validation/localisation/measures/all_lead.py", LOCALISATION)
    library.add_texts({"measures": 'all_lead.title = "All lead"\nall_lead.meaning = "all lead"'})
    expected = {"auprc": 1.0, "all_lead": 1.0, "pointing_game": 1.0}
    assert library.run(USE_LOCALISATION) == str(expected)
    assert len(library.added) == 1
