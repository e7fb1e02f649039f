"""Small pretrained models with the data that they read."""

import numpy as np
import pandas as pd
import pretrained_models as small

from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples, encode
from vitrine.models.build import build, initial, shape_of
from vitrine.models.model import Model
from vitrine.models.pretrained.settings import PretrainedSettings


def made(
    settings: PretrainedSettings, encoding: Encoding, training: Examples | None = None
) -> Model:
    """The model of a study before it is trained."""

    def examples() -> Examples:
        assert training is not None
        return training

    shape = shape_of(settings, encoding, examples, 0.0)
    model = build(shape)
    model.load_state_dict(initial(shape) or {}, strict=False)
    return model.eval()


def texts_of(model: Model, texts: list[str], players: int = 40) -> Examples:
    frame = pd.DataFrame({"text": texts})
    count = np.arange(len(texts))
    labels = count % 2
    encoding = small.text_encoding(players)
    return encode(frame, encoding, instance=count, labels=labels, encode_rows=model.encode)
