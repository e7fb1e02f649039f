"""Check whether the explanations of one model stay and change as they should."""

from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.game_settings import GameSettings
from vitrine.models.machine import Machine
from vitrine.stages.robustness import Checks, PermutedFiles, check_robustness
from vitrine.tracking.job import job

with job(snakemake, "robustness") as record:
    check_robustness(
        Path(snakemake.input.encoding).parent,
        Path(snakemake.input.model),
        Path(snakemake.input.architecture),
        [Path(path) for path in snakemake.input.siblings],
        PermutedFiles(
            Path(snakemake.input.permuted),
            Path(snakemake.input.permuted_architecture),
            Path(snakemake.input.permuted_history),
        ),
        Path(snakemake.input.predictions),
        Path(snakemake.input.removal),
        Path(snakemake.input.tuned[0]) if snakemake.input.tuned else None,
        [Path(path) for path in snakemake.input.attributions],
        [Path(path) for path in snakemake.input.diagnostics],
        [Path(path) for path in snakemake.input.coalitions],
        Path(snakemake.output.robustness),
        Path(snakemake.output.sanity),
        Path(snakemake.output.verdict),
        explanation=snakemake.params.explanation,
        game=GameSettings.of(snakemake.params.explanation),
        checks=Checks(
            **snakemake.params.robustness,
            evaluations=snakemake.params.sanity["evaluations"],
            bound=snakemake.params.sanity["bound"],
        ),
        statistics=StatisticsSettings(**snakemake.params.statistics),
        seed=snakemake.params.seed,
        machine=Machine.of(snakemake),
        record=record,
    )
