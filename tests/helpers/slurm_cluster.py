"""A Slurm cluster of one node on this machine, from Debian's packages, for as long as a test runs.

Everything it writes lies in one folder: its own munge key and socket, its configuration and state.
It runs as whoever runs the tests.
"""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "sinfo", "scancel")
INSTALL = "apt-get install slurmctld slurmd slurm-client munge"
# Snakemake's plugin calls them, in jobs without SLURM_CONF.
CLIENTS = ("sbatch", "srun", "squeue", "sinfo", "scancel", "scontrol", "sacct", "sacctmgr")
# What the node offers to all jobs together; it refuses to offer more than there is.
MEMORY_MB = min(6000, int(0.9 * psutil.virtual_memory().total / 2**20))
CPUS = min(2, os.cpu_count() or 1)


def missing() -> list[str]:
    """Programs of Slurm that are not installed."""
    return [name for name in PROGRAMS if _program(name) is None]


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def _configuration(folder: Path) -> str:
    host = socket.gethostname().partition(".")[0]
    user = getpass.getuser()
    return f"""\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={_free_port()}
SlurmdPort={_free_port()}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# Without control groups: who uses more memory than asked for is killed all the same.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
KillWait=5
MinJobAge=600
ReturnToService=2
# A job starts as soon as there is room, without being gathered with others first.
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
NodeName={host} NodeAddr=127.0.0.1 CPUs={CPUS} RealMemory={MEMORY_MB} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def _prepare(folder: Path) -> tuple[Path, Path]:
    """Write the cluster's configuration, its commands and its key; returns first and last."""
    folder.chmod(0o755)
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir()
    configuration = folder / "slurm.conf"
    configuration.write_text(_configuration(folder))
    for name in CLIENTS:
        wrapper = folder / "bin" / name
        wrapper.write_text(
            f'#!/bin/sh\nSLURM_CONF={configuration} exec {_program(name) or name} "$@"\n'
        )
        wrapper.chmod(0o755)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    return configuration, key


@contextmanager
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """Run a cluster while the block runs.

    Args:
        folder: empty, not open to others.

    Yields:
        The environment in which its commands are found.
    """
    configuration, key = _prepare(folder)
    environment = os.environ | {"PATH": f"{folder}/bin:{os.environ['PATH']}"}
    environment = {k: v for k, v in environment.items() if not k.startswith(("SLURM_", "MLFLOW_"))}
    daemons: list[subprocess.Popen[bytes]] = []
    output = (folder / "daemons.log").open("wb")

    def start(*words: str) -> None:
        program = _program(words[0])
        assert program is not None
        daemons.append(
            subprocess.Popen(
                [program, *words[1:]],
                env=environment | {"SLURM_CONF": str(configuration)},
                stdout=output,
                stderr=output,
            )
        )

    try:
        start(
            "munged",
            "--foreground",
            "--force",
            f"--key-file={key}",
            f"--socket={folder}/munge.socket",
            f"--pid-file={folder}/munged.pid",
            f"--log-file={folder}/munged.log",
            f"--seed-file={folder}/munged.seed",
        )
        _until((folder / "munge.socket").exists, folder)
        start("slurmctld", "-D", "-f", str(configuration))
        start("slurmd", "-D", "-f", str(configuration))
        _until(lambda: "idle" in _printed(environment, "sinfo", "--format=%T"), folder)
        try:
            yield environment
        finally:
            # The daemons' end would not be that of jobs that a failed test leaves.
            cancel_all(environment)
            _until(lambda: not _printed(environment, "squeue", "--format=%i"), folder)
    finally:
        for daemon in reversed(daemons):
            _end(daemon)
        _end_all(environment["PATH"])
        output.close()


def cancel_all(environment: dict[str, str]) -> None:
    """Cancel every job that there is."""
    subprocess.run(["scancel", "--user", getpass.getuser()], env=environment, check=True)


def _printed(environment: dict[str, str], program: str, *words: str) -> str:
    """What a command of Slurm prints, without a heading."""
    return subprocess.run(
        [program, "--noheader", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def _until(holds: Callable[[], object], folder: Path, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            logs = [*folder.glob("*.log")]
            raise TimeoutError("\n".join(f"{log}:\n{log.read_text()[-2000:]}" for log in logs))
        time.sleep(0.2)


def _end(daemon: "subprocess.Popen[bytes]") -> None:
    daemon.terminate()
    try:
        daemon.wait(10)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _end_all(path: str) -> None:
    """Kill what Slurm lost of a cancelled job: whoever looks for programs where only we do."""
    left = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PATH") == path:
                process.kill()
                left.append(process)
        except psutil.Error:
            continue
    psutil.wait_procs(left, timeout=10)
