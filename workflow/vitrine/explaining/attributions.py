"""The attributions of one method for the explained instances of both splits."""

import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from vitrine.explaining.explain import explain
from vitrine.explaining.session import InstanceGames, Session
from vitrine.explaining.settings import InstanceSettings
from vitrine.files import write_table
from vitrine.models.machine import Machine
from vitrine.section import Section
from vitrine.tracking.record import Record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AttributionTables:
    """What explaining gives: attributions and diagnostics (see `explain`), and coalitions."""

    attributions: pd.DataFrame
    diagnostics: pd.DataFrame
    coalitions: pd.DataFrame

    def write(self, attributions: Path, diagnostics: Path, coalitions: Path) -> None:
        """Write the three tables."""
        write_table(attributions, self.attributions)
        write_table(diagnostics, self.diagnostics)
        write_table(coalitions, self.coalitions)


def explain_splits(
    session: Session,
    instances: InstanceSettings,
    method: str,
    settings: Section | None,
    *,
    evaluated: list[Path],
    machine: Machine,
    record: Record,
) -> AttributionTables:
    """Explain the instances of validation and test with one method.

    Args:
        session: the model and its game.
        instances: which instances; their seed is the method's too.
        method: name of the method.
        settings: of the method.
        evaluated: files of coalitions that need not be evaluated again.
        machine: whose GPUs are watched.
        record: gets evaluations, their speed, mean diagnostics, and how busy a GPU was.

    Returns:
        The tables of both splits. The metadata of attributions and coalitions,
        ``pandas.read_parquet(...).attrs``, name the ``value`` function (``score`` for items) and
        the ``removal``.
    """
    cache = session.cache(evaluated)
    parts = []
    played = []
    with machine.watched() as samples:
        for split in session.splits(instances):
            games = session.play(split, cache=cache)
            played.append(games)
            domain = session.encoding.domain
            tables = explain(games, method, settings, domain=domain, seed=instances.seed)
            parts.append((*tables, games.coalitions()))
    attributions, diagnostics, coalitions = (
        pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True)
    )
    # Parquet keeps these beside the columns: which game the values belong to.
    attributions.attrs.update(session.game_facts)
    coalitions.attrs.update(session.game_facts)
    first = attributions.drop_duplicates(["split", "instance"])
    record.metrics(
        {"instances": len(first), "evaluations": int(first.evaluations.sum())}
        | diagnostics.groupby("diagnostic")["value"].mean().to_dict()
        | _speed(played)
        | samples.metrics()
    )
    return AttributionTables(attributions, diagnostics, coalitions)


def _speed(played: list[InstanceGames]) -> dict[str, float]:
    """Evaluations of the model per second; nothing where all values were in the cache."""
    seconds = sum(games.evaluator.seconds for games in played)
    evaluations = sum(int(games.evaluator.evaluations.sum()) for games in played)
    if evaluations == 0:
        return {}
    log.info("%.0f evaluations per second", evaluations / seconds)
    return {"evaluations_per_second": evaluations / seconds}
