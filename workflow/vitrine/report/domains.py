"""What pages know of the domains, from their descriptors."""

from vitrine.data.domains.registry import DOMAINS

# Stands in for the fields ``panel`` and ``pipeline_tag`` of descriptors that do not have them yet.
_STAND_IN = {
    "text": ("words", "text-classification"),
    "image": ("patches", "image-classification"),
    "sequence": ("history", "other"),
    "table": ("fields", "tabular-classification"),
}


def panel_of(domain: str) -> str:
    """How pages draw an instance: as ``words``, ``patches``, ``fields`` or a ``history``."""
    descriptor = DOMAINS[domain]
    panel: str = getattr(descriptor, "panel", None) or _STAND_IN[domain][0]
    return panel


def pipeline_tag_of(domain: str) -> str:
    """The task of a model card as the Hugging Face Hub calls it."""
    descriptor = DOMAINS[domain]
    tag: str = getattr(descriptor, "pipeline_tag", None) or _STAND_IN[domain][1]
    return tag
