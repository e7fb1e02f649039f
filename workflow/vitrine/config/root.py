"""The whole configuration."""

from typing import Annotated, Literal

from pydantic import Field

from vitrine.config.abilities import AbilitiesSettings
from vitrine.config.architecture import ArchitectureSettings
from vitrine.config.explanation import ExplanationSettings
from vitrine.config.families import FamilySettings
from vitrine.config.names import Name, Seed
from vitrine.config.pretrained import PretrainedSettings
from vitrine.config.report import ReportSettings
from vitrine.config.study import StudySettings
from vitrine.config.validation import ValidationSettings
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.section import Section, Unique


class Config(Section):
    """The configuration of Vitrine."""

    studies: Annotated[list[str], *Unique] = Field(
        default=["reviews", "digits", "movies", "credit", "planted"],
        description="Studies to run, by their names in `definitions`. Leave some out for a "
        "shorter run; their existing results stay.",
    )
    scales: Annotated[list[str], *Unique] = Field(
        default=["nano", "micro", "small"],
        description="Models to train in every study, by their names in `architectures` or "
        "`pretrained`. The best one on validation is explained.",
    )
    seeds: Annotated[list[Seed], *Unique] = Field(
        default=[0, 1],
        description="One training per seed. Two show whether a difference is noise, five or more "
        "measure it; time grows in proportion.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto",
        description="What models run on. `auto` takes a graphics card where there is one, one job "
        "per card; `cuda` also asks a cluster for one, and fails without; `cpu` takes none. "
        "Another device changes last digits and reruns nothing.",
    )
    architectures: dict[Name, ArchitectureSettings] = Field(
        default={
            "nano": ArchitectureSettings(layers=1, heads=2, width=16),
            "micro": ArchitectureSettings(layers=2, heads=2, width=32),
            "small": ArchitectureSettings(layers=2, heads=4, width=64),
        },
        description="The sizes that `scales` may name. Add your own under a new name.",
    )
    pretrained: dict[Name, PretrainedSettings] = Field(
        default={},
        description="Pretrained models that `scales` may name beside these sizes.",
    )
    definitions: dict[Name, StudySettings] = Field(
        description="The studies that `studies` may name. Add your own under a new name.",
    )
    explanation: ExplanationSettings = Field(
        default_factory=ExplanationSettings, description="Which instances are explained, and how."
    )
    validation: ValidationSettings = Field(
        default_factory=ValidationSettings,
        description="How explanations are tested against what the model does.",
    )
    abilities: AbilitiesSettings = Field(
        default_factory=AbilitiesSettings,
        description="Abilities whose optimum theory knows: how they emerge with size and training.",
    )
    families: dict[Name, FamilySettings] = Field(
        default={},
        description="Families of language models: what emerges with their size.",
    )
    statistics: StatisticsSettings = Field(
        default_factory=StatisticsSettings, description="How sure the reported figures are."
    )
    report: ReportSettings = Field(default_factory=ReportSettings, description="The pages.")
