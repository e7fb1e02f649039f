"""Tracking: jobs write run records, one tracker per invocation sends them to MLflow.

``record`` and ``job`` run inside every job and import nothing heavy. The Snakefile calls
``invocation``, ``recovery`` and ``closing``. Only ``store``, ``entities``, ``models``, ``points``
and ``signature`` import MLflow.
"""
