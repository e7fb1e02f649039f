"""Measured numbers in the documents: from results to a small JSON, from there to tables."""
