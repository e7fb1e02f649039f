"""Stage `whole`: a control model that has never lost a feature in training."""

from dataclasses import replace
from typing import TYPE_CHECKING

from vitrine.stages import train
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record

if TYPE_CHECKING:
    from vitrine.models.machine import Machine

Inputs = train.Inputs
Outputs = train.Outputs
Settings = train.Settings


STAGE = Stage(
    name="whole",
    order=40,
    settings=Settings,
    cost=Cost(1300, 15, model=True, trains=True, processes=True),
    target=Target("first", ("whole/whole.safetensors",)),
    code=train.worker_code,
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Train one model without token dropping; records as the stage `train`."""
    training = settings.training.model_copy(update={"token_dropping": 0.0})
    train.run(inputs, outputs, replace(settings, training=training), machine, record)
