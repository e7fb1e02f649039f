"""Settings that all tests share."""

import os
from collections import Counter

from hypothesis import settings

# Test processes run side by side, and matrices this small gain nothing from more threads. This must
# be said before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# How long an example takes says something about the machine, not about the code.
settings.register_profile("vitrine", deadline=None)
settings.load_profile("vitrine")


def pytest_collection_modifyitems(items):
    """Start the tests on Slurm, which take longest; then files of many tests, as xdist has it."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.stem != "test_slurm", -tests[item.path]))
