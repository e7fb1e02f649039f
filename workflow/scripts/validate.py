"""Measure the faithfulness of all methods for one model."""

from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.game_settings import GameSettings
from vitrine.models.machine import Machine
from vitrine.stages.validate import validate_attributions
from vitrine.tracking.job import job
from vitrine.validation.faithfulness.settings import FaithfulnessSettings

with job(snakemake, "validate") as record:
    validate_attributions(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.input.model),
        Path(snakemake.input.architecture),
        Path(snakemake.input.predictions),
        Path(snakemake.input.removal),
        {
            name: (Path(snakemake.input[name][0]), Path(snakemake.input.small_architecture[0]))
            for name in ("with_dropping", "without_dropping")
            if snakemake.input[name]
        },
        [Path(path) for path in snakemake.input.attributions],
        [Path(path) for path in snakemake.input.coalitions],
        Path(snakemake.output.faithfulness),
        Path(snakemake.output.comparisons),
        Path(snakemake.output.verdict),
        Path(snakemake.output.removal),
        settings=FaithfulnessSettings(
            **{key: snakemake.params[key] for key in FaithfulnessSettings.model_fields}
        ),
        game=GameSettings(
            value="log_odds",
            removal=snakemake.params.removal,
            background=snakemake.params.background,
            seed=snakemake.params.seed,
            megabytes=snakemake.params.megabytes,
        ),
        check=snakemake.params.removal_check,
        validation_seed=snakemake.params.validation_seed,
        statistics=StatisticsSettings(**snakemake.params.statistics),
        instances=snakemake.params.instances,
        target=snakemake.params.target,
        seed=snakemake.params.seed,
        machine=Machine.of(snakemake),
        record=record,
    )
