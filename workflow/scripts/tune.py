"""Choose LIME's settings for one model on validation."""

from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.game_settings import GameSettings
from vitrine.models.machine import Machine
from vitrine.stages.tune import tune_lime
from vitrine.tracking.job import job
from vitrine.validation.faithfulness.settings import FaithfulnessSettings

with job(snakemake, "tune") as record:
    tune_lime(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.input.model),
        Path(snakemake.input.architecture),
        Path(snakemake.input.predictions),
        Path(snakemake.input.removal),
        Path(snakemake.output.choice),
        Path(snakemake.output.coalitions),
        lime=snakemake.params.lime,
        tried=snakemake.params.tried,
        game=GameSettings.of_params(snakemake.params),
        settings=FaithfulnessSettings(
            **{key: snakemake.params[key] for key in FaithfulnessSettings.model_fields}
        ),
        instances=snakemake.params.instances,
        target=snakemake.params.target,
        seed=snakemake.params.seed,
        validation_seed=snakemake.params.validation_seed,
        statistics=StatisticsSettings(**snakemake.params.statistics),
        machine=Machine.of(snakemake),
        record=record,
    )
