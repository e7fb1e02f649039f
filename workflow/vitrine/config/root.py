"""The whole configuration."""

from typing import Annotated, Literal

from pydantic import Field

from vitrine.config.abilities import AbilitiesSettings
from vitrine.config.explanation import ExplanationSettings
from vitrine.config.names import Name, Seed
from vitrine.config.report import ReportSettings
from vitrine.config.study import StudySettings
from vitrine.config.validation import ValidationSettings
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.language.settings import FamilySettings
from vitrine.models.pretrained.settings import PretrainedSettings
from vitrine.models.settings import ArchitectureSettings
from vitrine.section import Section, Unique


class Config(Section):
    """The configuration of Vitrine."""

    studies: Annotated[list[str], *Unique] = Field(
        default=["reviews", "digits", "movies", "credit", "planted"],
        description="Studies to run, named as in `definitions`. Remove some for a shorter run; "
        "their existing results are kept.",
    )
    scales: Annotated[list[str], *Unique] = Field(
        default=["nano", "micro", "small"],
        description="Models to train in every study, named as in `architectures` or "
        "`pretrained`. The model with the best validation metric is explained.",
    )
    seeds: Annotated[list[Seed], *Unique] = Field(
        default=[0, 1],
        description="Random seeds; each model is trained once per seed. Two seeds indicate "
        "whether a difference is noise, five or more measure the variation. Training time grows "
        "in proportion.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto",
        description="Device for the models. `auto` uses a GPU if one is available, one job per "
        "GPU. `cuda` also requests a GPU from a cluster and fails without one. `cpu` uses no "
        "GPU. A change of device alters only the last digits of results and reruns nothing.",
    )
    architectures: dict[Name, ArchitectureSettings] = Field(
        default={
            "nano": ArchitectureSettings(layers=1, heads=2, width=16),
            "micro": ArchitectureSettings(layers=2, heads=2, width=32),
            "small": ArchitectureSettings(layers=2, heads=4, width=64),
        },
        description="Model sizes that `scales` can name. Add your own under a new name.",
    )
    pretrained: dict[Name, PretrainedSettings] = Field(
        default={},
        description="Pretrained models that `scales` can name in addition to `architectures`.",
    )
    definitions: dict[Name, StudySettings] = Field(
        description="Studies that `studies` can name. Add your own under a new name.",
    )
    explanation: ExplanationSettings = Field(
        default_factory=ExplanationSettings,
        description="Which instances are explained, and by which methods.",
    )
    validation: ValidationSettings = Field(
        default_factory=ValidationSettings,
        description="How explanations are validated against the behaviour of the model.",
    )
    abilities: AbilitiesSettings = Field(
        default_factory=AbilitiesSettings,
        description="Tasks with a known theoretical optimum, and how the ability to solve them "
        "emerges with model size and training.",
    )
    families: dict[Name, FamilySettings] = Field(
        default={},
        description="Families of language models, compared across model sizes.",
    )
    statistics: StatisticsSettings = Field(
        default_factory=StatisticsSettings,
        description="Confidence intervals of the reported values.",
    )
    report: ReportSettings = Field(default_factory=ReportSettings, description="Report pages.")
