"""A trained model behind MLflow's ``python_function`` interface: tables in, scores out."""

from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.encoding import Encoding, load_encoding
from vitrine.data.examples import encode
from vitrine.evaluation.predict import probabilities
from vitrine.models.inference import logits
from vitrine.models.model import Model
from vitrine.models.storage import load_model


class ServedModel:
    """A model with the encoding of its study.

    Args:
        model: in evaluation mode.
        encoding: what was fitted on the training split.
    """

    def __init__(self, model: Model, encoding: Encoding) -> None:
        self.model = model
        self.encoding = encoding

    def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
        """Predict the rows of a table with the columns of the study's ``test.parquet``.

        Returns:
            Classifiers: ``probability_<class>`` for each class. Recommenders: ``score_<item>`` for
            each entry of the vocabulary, a logit. One row per row of the input.
        """
        count = len(model_input)
        examples = encode(
            model_input,
            self.encoding,
            instance=np.arange(count),
            labels=np.zeros(count, dtype=np.int64),
            encode_rows=self.model.encode,
        )
        scores = logits(self.model, examples)
        if self.encoding.task == "classification":
            names = [f"probability_{name}" for name in self.encoding.classes]
            return pd.DataFrame(probabilities(scores), columns=names)
        return pd.DataFrame(scores, columns=[f"score_{name}" for name in self.encoding.vocabulary])


def _load_pyfunc(path: str) -> ServedModel:
    """What MLflow calls to load the model whose files lie in a folder."""
    folder = Path(path)
    model = load_model(folder / "model.safetensors", folder / "architecture.json")
    return ServedModel(model, load_encoding(folder))
