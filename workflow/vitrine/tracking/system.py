"""Processor and memory while a long job runs, as metrics under ``system/`` of its record."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from vitrine.tracking.record import Record

INTERVAL_SECONDS = 10.0


@contextmanager
def system_metrics(record: Record, interval: float = INTERVAL_SECONDS) -> Iterator[None]:
    """Sample this process and its machine every ``interval`` seconds while the block runs.

    A job that is shorter records nothing. MLflow shows metrics that begin with ``system/`` on a
    separate page. Percentages are of one core for the process, of all cores for the machine.
    """
    stopped = threading.Event()
    process = psutil.Process()

    def sample() -> None:
        step = 0
        # The first call only sets the time from which the next one measures.
        process.cpu_percent()
        psutil.cpu_percent()
        while not stopped.wait(interval):
            step += 1
            record.metrics(
                {
                    "system/process_cpu_percentage": process.cpu_percent(),
                    "system/process_memory_megabytes": process.memory_info().rss / 2**20,
                    "system/cpu_utilization_percentage": psutil.cpu_percent(),
                    "system/system_memory_usage_percentage": psutil.virtual_memory().percent,
                },
                step=step,
            )

    thread = threading.Thread(target=sample, name="system metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
