"""Tracking: jobs write run records, one tracker per invocation sends them to MLflow.

``record`` and ``job`` run inside every job and import nothing heavy; ``invocation`` is what the
Snakefile calls; ``store`` and ``tracker`` are the only modules that know MLflow.
"""
