"""Vitrine: a workflow that puts transformer models in a glass case."""

__version__ = "0.1.0"
