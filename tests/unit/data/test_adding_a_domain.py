"""A domain is added by the files of its own package and its baselines alone."""

from copied import CopiedLibrary

DESCRIPTOR = '''
"""Signals: the features are the moments at which a number was measured."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from vitrine.data.domains.domain import Domain, Neighbourhood
from vitrine.data.own_data import LABEL, Column, OwnData


class SignalData(OwnData):
    """Numbers and a class per row."""

    domain: Literal["signal"] = Field(description="`signal`: numbers and a class in every row.")
    label: Column = LABEL
    moments: int = Field(default=8, ge=2, description="Columns with numbers, the first ones.")


@dataclass(frozen=True, kw_only=True)
class SignalDomain(Domain):
    """See `vitrine.data.domains.signal.encoding`."""

    def fit(self, study, train, classes, settings):
        from vitrine.data.domains.signal.encoding import fit

        return fit(study, train, classes, settings)

    def encode(self, frame, encoding):
        from vitrine.data.domains.signal.encoding import encode

        return encode(frame, encoding)

    def names(self, frame, encoding, folder):
        return [[f"moment {place}" for place in range(encoding.players)]] * len(frame)

    def small_change(self, examples, encoding, size, rng):
        from vitrine.data.changes import add_noise

        return add_noise(examples, size, rng)


DOMAIN = SignalDomain(
    name="signal",
    order=5,
    task="classification",
    own_data=SignalData,
    neighbourhood=Neighbourhood("coin", "cosine", 1.0, 0.25),
    panel="fields",
    pipeline_tag="other",
    splits=("random",),
    fixed_players=True,
)
'''

ENCODING = '''
"""Signals: a player per moment, whose one numeric content is the number."""

import numpy as np

from vitrine.data.encoding import UNKNOWN, Encoding, Players


def fit(study, train, classes, settings):
    moments = settings.data.moments
    return Encoding(
        study, "signal", "classification", classes, [UNKNOWN, "moment"], moments, moments, 1, 1, {}
    )


def encode(frame, encoding):
    n, k = len(frame), encoding.players
    return Players(
        lengths=np.full(n, k),
        ids=np.ones(n * k, dtype=np.int64),
        features=frame.iloc[:, 1 : 1 + k].to_numpy(dtype=np.float32).reshape(-1, 1),
        truncated=np.zeros(n, dtype=np.int64),
    )
'''

READING = '''
"""A user's signals."""

from vitrine.data.readers.canonical import Roles, classified, read_columns
from vitrine.data.readers.cells import Columns, interpreted
from vitrine.data.readers.form import Reading


def read(place, data):
    reading = Reading()
    frame = read_columns(place, None, [data.label], data, reading)
    for name in frame.columns.drop(data.label):
        frame[name] = interpreted(place, frame[name], Columns(), reading)
    frame = frame.rename(columns={data.label: "label"})
    return classified(place, frame, Roles(data.label), reading)
'''

BASELINES = '''
"""The baseline of signals, and its game: removed moments become zero."""

from vitrine.evaluation.baselines.baseline import Baseline, DomainBaselines, logistic
from vitrine.games.inputs import table_game


def _numbers(train, encoding):
    columns = [name for name in train if name not in ("instance", "label")]
    return lambda rows: rows[columns].to_numpy()


def _logistic(folder, encoding, seed):
    return logistic(folder, encoding, _numbers)


def _game(baseline, score, encoding, row, target, background):
    row = row.drop(columns=["instance", "label"])
    return table_game(score, row, row * 0), encoding.players


BASELINES = DomainBaselines(
    name="signal",
    order=5,
    baselines={"logistic": Baseline("Logistic regression", _logistic)},
    game=_game,
)
'''

USE = """
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.config.docs import documentation, editor_schema
from vitrine.data.domains.registry import DOMAINS, READING
from vitrine.data.encoding import load_encoding
from vitrine.data.examples import load_examples, player_names
from vitrine.data.prepare import prepare_study
from vitrine.data.settings import StudyData
from vitrine.evaluation.fit_baselines import fit_baselines
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.validation.robustness.small_changes import changed

assert list(DOMAINS)[-1] == "signal"
assert READING["signal"] == "vitrine.data.domains.signal.reading"
for text in (documentation(), editor_schema()):
    assert "`signal`: numbers and a class in every row." in text
rng = np.random.default_rng(0)
label = np.arange(90) % 2
numbers = rng.normal(size=(90, 4)) + label[:, None]
names = [f"t{place}" for place in range(4)]
pd.DataFrame(numbers, columns=names).assign(label=np.array(["no", "yes"])[label]).to_csv(
    "signals.csv", index=False
)
study = StudyData(
    source="file",
    data={"domain": "signal", "file": "signals.csv", "moments": 4},
    split={"kind": "random"},
)
prepare_study("mine", study, Path("out"))
examples, encoding = load_examples(Path("out"), "test"), load_encoding(Path("out"))
changed(examples, encoding, 0.1, rng)
assert player_names(Path("out"), "test", [int(examples.instance[0])])
fitted, _ = fit_baselines(Path("out"), "auc", StatisticsSettings(bootstrap=100), 0)
print(list(fitted["baselines"]), int(examples.lengths[0]))
"""


def test_a_domain_is_its_package_and_its_baselines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    library = CopiedLibrary(tmp_path)
    library.add("data/domains/signal/__init__.py", DESCRIPTOR)
    library.add("data/domains/signal/encoding.py", ENCODING)
    library.add("data/domains/signal/reading.py", READING)
    library.add("evaluation/baselines/signal.py", BASELINES)
    assert library.run(USE) == "['class_frequencies', 'logistic'] 4"
    assert len(library.added) <= 8
