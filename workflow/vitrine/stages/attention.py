"""Stage `attention`: attention maps, rollout and hidden units of the explained instances."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrine.explaining.files import AttentionFiles, InstanceFiles
from vitrine.explaining.settings import InstanceSettings
from vitrine.reads import group, key
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record

if TYPE_CHECKING:
    from vitrine.models.machine import Machine

Inputs = InstanceFiles
Outputs = AttentionFiles


@dataclass(frozen=True)
class Settings:
    """Which instances are looked at, and how much of them is kept."""

    instances: InstanceSettings = group(InstanceSettings)
    megabytes: int = key("explanation.batch_memory_mb")
    maps: int = key("explanation.attention_maps")


STAGE = Stage(
    name="attention",
    order=80,
    settings=Settings,
    cost=Cost(1000, 5, model=True),
    target=Target("chosen", ("attention/summary.parquet",)),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Write the attention of the explained instances; records the mean entropy of every layer."""
    from vitrine.explaining.attention import map_attention
    from vitrine.explaining.session import ModelSession
    from vitrine.files import write_table

    session = ModelSession.open(inputs, machine)
    summary = map_attention(
        session, settings.instances, outputs, most=settings.maps, megabytes=settings.megabytes
    )
    write_table(outputs.summary, summary)
    entropy = summary.groupby("layer")["entropy"].mean()
    record.metrics({f"entropy/layer_{layer}": value for layer, value in entropy.items()})
