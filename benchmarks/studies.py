"""The models and instances of a finished run, and the library's methods on them.

Benchmarks use the library's models, games and attribution methods only through this module.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow"))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from vitrine.attribution.methods.lime import LimeOptions  # noqa: E402
from vitrine.attribution.methods.lime.lime import lime  # noqa: E402
from vitrine.attribution.methods.shap.shapley import ESTIMATORS, estimated, shapley  # noqa: E402
from vitrine.attribution.shapley import gaussian_process  # noqa: E402
from vitrine.attribution.shapley.design import designed_pairs  # noqa: E402
from vitrine.attribution.shapley.exact import shapley_values  # noqa: E402
from vitrine.attribution.shapley.pairs import Pairs, efficient  # noqa: E402
from vitrine.data.domains.registry import DOMAINS  # noqa: E402
from vitrine.data.examples import Examples  # noqa: E402
from vitrine.explaining.files import InstanceFiles  # noqa: E402
from vitrine.explaining.session import ModelSession  # noqa: E402
from vitrine.explaining.settings import InstanceSettings  # noqa: E402
from vitrine.games.evaluator import Evaluator  # noqa: E402
from vitrine.games.game import Explanation, Strategy, play, play_one  # noqa: E402
from vitrine.games.model_games import ModelGames  # noqa: E402
from vitrine.games.sampling import all_coalitions  # noqa: E402
from vitrine.games.values import kind_for, target_value  # noqa: E402
from vitrine.models.machine import Machine  # noqa: E402
from vitrine.models.model import Model  # noqa: E402
from vitrine.models.packing import Tokens, pack  # noqa: E402
from vitrine.models.transformer import Architecture, Transformer  # noqa: E402

# The studies whose numbers the documentation states.
STUDIES = ("digits", "credit", "reviews", "movies")
# Methods that `explain` can use.
METHODS = ("shap", "lime")
# Shapley estimators that `estimate` can use.
OUR_ESTIMATORS = tuple(ESTIMATORS)
# Rows that a user of another package would give to a model at once.
ROWS_AT_ONCE = 64
_MASKS_AT_ONCE = 16_384
_MEGABYTES = 512
_SURROGATE_PAIRS = 1536

Value = Callable[[np.ndarray], np.ndarray]
"""A game: masks bool [m, players] to values float64 [m]."""


@dataclass(frozen=True)
class Subject:
    """A model and the instances that are explained.

    Attributes:
        name: of the study.
        domain: of the study.
        model: in evaluation mode.
        digest: the beginning of the SHA-256 of the model's weights.
        examples: n instances.
        targets: int64 [n], the explained class or item of each.
    """

    name: str
    domain: str
    model: Model
    digest: str
    examples: Examples
    targets: np.ndarray

    def take(self, places: list[int]) -> "Subject":
        """Some of the instances."""
        rows = np.array(places, dtype=np.int64)
        return replace(self, examples=self.examples.take(rows), targets=self.targets[rows])

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def lengths(self) -> np.ndarray:
        """The number of players of each instance, int64 [n]."""
        return self.examples.lengths

    def number(self, place: int) -> int:
        """The number of an instance in its study."""
        return int(self.examples.instance[place])


def finished_studies(results: Path) -> list[str]:
    """Those of `STUDIES` whose model is chosen in a folder of results."""
    return [study for study in STUDIES if (results / study / "chosen.json").exists()]


def chosen_model(results: Path, study: str) -> tuple[str, int]:
    """The scale and the seed of the study's chosen model."""
    choice = json.loads((results / study / "chosen.json").read_text())
    return str(choice["scale"]), int(choice["seed"])


def load(results: Path, study: str, scale: str, count: int, seed: int = 0) -> Subject:
    """A study's model of one scale and seed, and its chosen test instances.

    Args:
        results: the results of a finished run.
        study: its name.
        scale: of the model.
        count: instances; fewer if the test split has fewer.
        seed: of the model.
    """
    data = results / study / "data"
    folder = results / study / scale / f"seed{seed}"
    weights = folder / "model.safetensors"
    files = InstanceFiles(
        encoding=data / "encoding.json",
        model=weights,
        architecture=folder / "architecture.json",
        validation=data / "validation.parquet",
        test=data / "test.parquet",
        catalog=data / "catalog.parquet",
        predictions=folder / "predictions.parquet",
    )
    session = ModelSession.open(files, Machine())
    instances = session.split("test", InstanceSettings(count, "predicted", 0))
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:12]
    domain = session.encoding.domain
    return Subject(study, domain, session.model, digest, instances.examples, instances.targets)


def load_chosen(results: Path, study: str, count: int, fewest: int, most: int) -> Subject:
    """The study's chosen model and test instances of ``fewest`` to ``most`` players."""
    scale, seed = chosen_model(results, study)
    subject = load(results, study, scale, 4 * count, seed)
    fitting = np.flatnonzero((subject.lengths >= fewest) & (subject.lengths <= most))
    return subject.take(fitting[:count].tolist())


def load_random(results: Path, study: str, count: int, fewest: int, most: int) -> Subject:
    """The study's chosen model and random test instances of ``fewest`` to ``most`` players."""
    scale, seed = chosen_model(results, study)
    subject = load(results, study, scale, sys.maxsize, seed)
    fitting = np.flatnonzero((subject.lengths >= fewest) & (subject.lengths <= most))
    places = np.random.default_rng(0).permutation(fitting)[:count]
    return subject.take(np.sort(places).tolist())


def random_subject(players: int, instances: int) -> Subject:
    """A transformer of the scale `small` with random weights, and random instances."""
    torch.manual_seed(0)
    shape = Architecture(2, 4, 64, 1000, 0, 1, players, 0, 2, False, "mean", 0.0)
    rng = np.random.default_rng(0)
    total = players * instances
    examples = Examples(
        instance=np.arange(instances),
        ids=rng.integers(1, 1000, total),
        features=np.zeros((total, 0), dtype=np.float32),
        positions=np.tile(np.arange(players), instances),
        offsets=np.arange(instances + 1) * players,
        labels=np.zeros(instances, dtype=np.int64),
    )
    targets = np.zeros(instances, dtype=np.int64)
    return Subject("random", "text", Transformer(shape).eval(), "", examples, targets)


def game(subject: Subject, place: int) -> Value:
    """The game of one instance on the library's engine."""
    games = ModelGames(subject.model, subject.examples, subject.targets, megabytes=_MEGABYTES)

    def value(masks: np.ndarray) -> np.ndarray:
        parts = []
        for start in range(0, len(masks), _MASKS_AT_ONCE):
            part = masks[start : start + _MASKS_AT_ONCE]
            numbers = np.full(len(part), place)
            parts.append(games.value(numbers, np.nonzero(part)[1], part.sum(axis=1)))
        return np.concatenate(parts)

    return value


def plain_game(subject: Subject, place: int) -> Value:
    """The game of one instance as users of other packages write it: rows of tokens as they come."""
    instance = subject.examples.take(np.array([place]))
    kind = kind_for("log_odds", subject.model.shape.outputs == 0)

    @torch.no_grad()
    def value(masks: np.ndarray) -> np.ndarray:
        values = []
        for start in range(0, len(masks), ROWS_AT_ONCE):
            part = masks[start : start + ROWS_AT_ONCE]
            tokens = pack(instance, np.nonzero(part)[1], part.sum(axis=1))
            target = torch.full((len(part),), int(subject.targets[place]))
            values.append(target_value(subject.model(tokens), target, kind).numpy())
        return np.concatenate(values)

    return value


def full_length(subject: Subject, place: int, rows: int) -> Tokens:
    """A batch of whole rows of one instance."""
    instance = subject.examples.take(np.array([place]))
    players = np.tile(np.arange(len(instance.ids)), rows)
    return pack(instance, players, np.full(rows, len(instance.ids)))


@torch.no_grad()
def forward(subject: Subject, tokens: Tokens) -> None:
    """One forward pass."""
    subject.model(tokens)


def explain(subject: Subject, method: str, evaluations: int, seed: int = 0) -> list[Explanation]:
    """Explain all instances of the subject together.

    Args:
        subject: the model and the instances.
        method: one of `METHODS`.
        evaluations: of the model per instance.
        seed: of the method.
    """
    rng = np.random.default_rng(seed)
    strategies: list[Strategy[Explanation]] = [
        shapley(int(players), evaluations=evaluations, rng=rng)
        if method == "shap"
        else lime(
            int(players),
            LimeOptions(samples=evaluations - 1),
            DOMAINS[subject.domain].neighbourhood,
            rng,
        )
        for players in subject.lengths
    ]
    games = ModelGames(subject.model, subject.examples, subject.targets)
    return play(strategies, Evaluator(games))


def estimate(
    value: Value, players: int, evaluations: int, estimator: str, rng: np.random.Generator
) -> Explanation:
    """Shapley values of one game by one of `OUR_ESTIMATORS`."""
    return play_one(estimated(players, evaluations, ESTIMATORS[estimator], rng), value)


def coalitions(players: int) -> np.ndarray:
    """All coalitions, bool [2**players, players]."""
    return all_coalitions(players)


def exact_values(values: np.ndarray, players: int) -> np.ndarray:
    """Exact Shapley values float64 [players] from the values of all coalitions."""
    return shapley_values(values, players)


def long_run(
    value: Value, players: int, evaluations: int, seed: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Shapley values of a long run and their standard errors, float64 [players] each.

    Some of the coalitions fit a surrogate, which only reduces the variance; all others correct it
    by a stratified estimate without bias, whose standard error does not depend on the surrogate.
    """
    half = designed_pairs(players, evaluations // 2 - 1, np.random.default_rng(seed))
    ends = np.array([[False] * players, [True] * players])
    values = value(np.concatenate([ends, half, ~half]))
    odd = (values[2 : 2 + len(half)] - values[2 + len(half) :]) / 2
    pairs = Pairs(half, odd, (values[1] - values[0]) / 2)
    surrogate = gaussian_process.fit(gaussian_process.first(pairs, _SURROGATE_PAIRS))
    rest = gaussian_process.correction(surrogate, pairs)
    total = surrogate.shapley().values + rest.values
    return efficient(total, 2 * pairs.full), rest.std_error
