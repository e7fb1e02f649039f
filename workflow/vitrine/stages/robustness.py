"""Stage `robustness`: robustness, surrogate fit and sanity checks of all methods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrine.attribution.registry import METHODS
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.files import GameFiles
from vitrine.explaining.settings import GameSettings, InstanceSettings
from vitrine.reads import group, key
from vitrine.stages.stage import Config, Cost, Stage, Target, Wildcards
from vitrine.tracking.record import Record
from vitrine.validation.robustness.settings import RobustnessSettings

if TYPE_CHECKING:
    import pandas as pd

    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs(GameFiles):
    """The model, its instances, what explaining gave, and the models to compare with.

    Attributes:
        siblings: weights of the models of every training seed, the model itself among them.
        permuted, permuted_architecture, permuted_history: the model that has learned permuted
            labels, and how many of them it memorised.
        tuned: the choice of the stage `tune`, where a method is tuned.
        attributions, diagnostics, coalitions: one table per method.
    """

    siblings: list[Path]
    permuted: Path
    permuted_architecture: Path
    permuted_history: Path
    tuned: Path | None
    attributions: list[Path]
    diagnostics: list[Path]
    coalitions: list[Path]


@dataclass(frozen=True)
class Outputs:
    """What is written.

    Attributes:
        robustness: table ``check, instance, method, other, measure, value``, where the check is
            ``methods`` (against another method), ``seeds`` (another seed of the method),
            ``models`` (a model of another seed), ``inputs`` (a small change of the input) or
            ``surrogate`` (how well the additive model of the method fits, and how true its standard
            errors are).
        sanity: table ``kind, part, instance, method, value``, Spearman's correlation of the
            absolute values with those of the trained model.
        verdict: JSON: pass or fail of each method by ``parameters`` and ``labels`` (see
            `vitrine.explaining.sanity.judge_sanity`), and ``labels_known``, the share of the
            permuted labels that the model has memorised.
    """

    robustness: Path
    sanity: Path
    verdict: Path


@dataclass(frozen=True)
class Settings:
    """Which instances, game and methods, and how much is checked."""

    instances: InstanceSettings = group(InstanceSettings)
    game: GameSettings = group(GameSettings)
    methods: dict[str, dict[str, Any]] = key("methods")
    checks: RobustnessSettings = key("validation.robustness")
    evaluations: int = key("validation.sanity.evaluations")
    bound: float = key("validation.sanity.bound")
    seed: int = key("validation.seed")
    statistics: StatisticsSettings = key("statistics")


def methods_code(config: Config, _wildcards: Wildcards) -> Sequence[str]:
    """The code of all methods that are run."""
    return [METHODS[name].implementation for name in config["explanation"]["methods"]]


STAGE = Stage(
    name="robustness",
    order=140,
    settings=Settings,
    cost=Cost(1100, 10, model=True, coalitions=2),
    target=Target("chosen", ("robustness.parquet",)),
    code=methods_code,
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Explain some test instances again, and compare; records the mean of each measure."""
    import pandas as pd

    from vitrine.explaining import robustness, sanity
    from vitrine.explaining.method_settings import resolve_methods
    from vitrine.explaining.session import Session
    from vitrine.explaining.tables import read_tables
    from vitrine.files import write_json, write_table

    session = Session.of_game(inputs, machine, settings.game)
    attributions, diagnostics = read_tables(inputs.attributions), read_tables(inputs.diagnostics)
    explained = attributions[attributions["split"] == robustness.SPLIT]
    instances = session.split(robustness.SPLIT, settings.instances)
    places = robustness.spread(instances.examples.lengths, settings.checks.instances)
    instances = instances.take(places)
    games = session.play(instances, cache=session.cache(inputs.coalitions))
    methods = resolve_methods(settings.methods, inputs.tuned)
    checks = robustness.RobustnessChecks(
        robustness.Reexplainer(session, methods, settings.instances.seed),
        games,
        robustness.column_by_method(attributions, instances),
        robustness.column_by_method(attributions, instances, "std_error"),
        settings.checks,
        settings.seed,
    )
    paths = [path for path in inputs.siblings if path != inputs.model]
    siblings = [session.load(path, inputs.architecture) for path in paths]
    rows = [
        *robustness.compare_methods(explained),
        *robustness.measure_surrogates(
            explained, diagnostics[diagnostics["split"] == robustness.SPLIT]
        ),
        *checks.other_seeds(),
        *checks.other_models(siblings),
        *checks.small_changes(),
    ]
    table = pd.DataFrame(rows, columns=robustness.COLUMNS)
    write_table(outputs.robustness, table)
    permuted = session.load(inputs.permuted, inputs.permuted_architecture)
    correlations = sanity.randomise(checks, permuted, settings.evaluations)
    write_table(outputs.sanity, correlations)
    history = pd.read_parquet(inputs.permuted_history)
    accuracy = float(history.loc[history["metric"] == "accuracy", "value"].max())
    result = sanity.judge_sanity(
        correlations, settings.bound, accuracy, settings.statistics, settings.seed
    )
    write_json(outputs.verdict, result | {"labels_known": accuracy})
    record.metrics(_metrics(table, result))


def _metrics(table: "pd.DataFrame", sanity: Mapping[str, Any]) -> dict[str, float]:
    means = table.groupby(["check", "method", "measure"], as_index=False)["value"].mean()
    return {f"{row.check}/{row.method}/{row.measure}": row.value for row in means.itertuples()} | {
        f"sanity/{criterion}/{method}/median": verdict["median"]
        for criterion, methods in sanity.items()
        for method, verdict in methods.items()
    }
