"""Stage `baseline`: what classical models reach on the same splits."""

from pathlib import Path
from typing import Any

from vitrine.evaluation.fit_baselines import fit_baselines
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.files import write_json
from vitrine.tracking.record import Record

SEED = 0


def fit_study_baselines(
    data: Path, output: Path, *, metric: str, statistics: dict[str, Any], record: Record
) -> None:
    """Fit the baselines of a study's domain and write their evaluation.

    Args:
        data: the study's data folder.
        output: file to write.
        metric: validation metric that chooses their settings.
        statistics: bootstrap settings.
        record: gets the metrics of each.
    """
    evaluation = fit_baselines(data, metric, StatisticsSettings(**statistics), SEED)
    write_json(output, evaluation)
    record.metrics(
        {
            f"{row['split']}/{row['metric']}/{name}": row["value"]
            for name, baseline in evaluation["baselines"].items()
            for row in baseline["metrics"]
        }
    )
