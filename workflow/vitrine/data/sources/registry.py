"""The built-in data sets, by name."""

from vitrine.data.sources.source import DataSource
from vitrine.registry import discover

SOURCES = discover("vitrine.data.sources", DataSource, "SOURCE")
