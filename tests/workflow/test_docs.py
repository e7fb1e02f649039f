"""What the documentation shows runs as it stands."""

import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[2] / "docs" / "explaining.md"


def test_the_examples_of_explaining_run_one_after_the_other():
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), names)
    np.testing.assert_allclose(names["explanation"].values, [1, 1, 1])
    forest = names["vote"](names["training"][:1])[0] - names["vote"](names["training"][:32]).mean()
    np.testing.assert_allclose(names["by_forest"].values.sum(), forest)
    assert (
        names["by_lime"].values.argmax() == np.abs(names["by_shap"].values).argmax()
        or (np.sign(names["by_lime"].values[:3]) == np.sign(names["by_shap"].values[:3])).all()
    )
