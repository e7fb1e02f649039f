"""The stages of the workflow by name."""

from vitrine.registry import discover
from vitrine.stages.stage import Stage

STAGES = discover("vitrine.stages", Stage, "STAGE")
