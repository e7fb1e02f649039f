"""What the workflow knows of a stage: what it reads, what it costs, and what its target makes.

Every stage is a module of this package. At its top stand the classes ``Inputs`` and ``Outputs``
(files by the names that the rule gives them), ``Settings`` (see `vitrine.reads`) and the descriptor
``STAGE``; its function ``run`` does the work. The Snakefile imports all of these modules, so what
is heavy (torch, pandas, the packages that do the work) is imported inside ``run``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Config = Mapping[str, Any]
"""The whole configuration, checked and with every default."""
Wildcards = Mapping[str, str]


@dataclass(frozen=True)
class Cost:
    """What a job of a stage takes in the default run, with room.

    Attributes:
        mem_mb: peak memory, half as much again, and what Snakemake itself takes in a cluster's job.
        minutes: ten times the wall time, and no less than five.
        model: whether a model of the study is run, so that its size counts.
        trains: whether it is trained as well.
        processes: whether several processes may train it together.
        coalitions: of how many sampling methods it holds the coalitions.
    """

    mem_mb: int
    minutes: int
    model: bool = False
    trains: bool = False
    processes: bool = False
    coalitions: int = 0


@dataclass(frozen=True)
class Target:
    """What ``snakemake <stage>`` makes of every study.

    Attributes:
        scope: whose files: the ``study``'s, those of all its ``models``, of its ``first`` model, of
            the ``chosen`` one, or of the ``report``.
        files: relative to the folder of the scope; ``{method}`` stands for every method and
            ``{study}`` for the study.
    """

    scope: Literal["study", "models", "first", "chosen", "report"]
    files: tuple[str, ...]


def no_more_code(_config: Config, _wildcards: Wildcards) -> Sequence[str]:
    """The code of a stage that imports all of it by name."""
    return ()


@dataclass(frozen=True)
class Stage:
    """A stage of the workflow.

    Attributes:
        name: of the stage and of its module.
        order: where it stands in lists.
        settings: what it reads besides files, see `vitrine.reads`.
        cost: what a job takes.
        target: what ``snakemake <name>`` makes; None where there is no such target.
        code: modules and files that the stage uses without importing them by name.
    """

    name: str
    order: int
    settings: type[Any]
    cost: Cost
    target: Target | None = None
    code: Callable[[Config, Wildcards], Sequence[str]] = no_more_code

    @property
    def module(self) -> str:
        """Where it is."""
        return f"vitrine.stages.{self.name}"
