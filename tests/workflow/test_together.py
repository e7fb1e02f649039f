"""One model trained by several processes, and batches that do not fit in memory."""

import logging
import os
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
import tiny
import torch
from running import ROOT, SMOKE, command, snakemake
from trainings import learnable

from vitrine.models.packing import Tokens, pack
from vitrine.tracking.events import read_ends, read_events
from vitrine.training.objective import Gradients, Objective, mixed_precision
from vitrine.training.team import Team

CPU = torch.device("cpu")


def batch(causal: bool, count: int = 10):
    examples = learnable(count)
    tokens = pack(examples, np.arange(len(examples.ids)), examples.lengths)
    if not causal:
        return tokens, torch.from_numpy(examples.labels)
    targets = torch.randint(-1, 30, (count, 1 + tokens.ids.shape[1]))
    targets[targets == 0] = -1
    return tokens, targets


class Small(Objective):
    """Runs out of memory with more than some rows."""

    rows = 3

    def forward(self, tokens: Tokens, targets: torch.Tensor) -> torch.Tensor:
        if len(targets) > self.rows:
            raise torch.OutOfMemoryError("simulated")
        return super().forward(tokens, targets)


def gradient(objective) -> torch.Tensor:
    return torch.cat([weight.grad.flatten() for weight in objective.parameters()])


@pytest.mark.parametrize("shape", [tiny.architecture(outputs=2), tiny.recommender()])
def test_batches_that_do_not_fit_are_halved_and_give_the_same_gradient(shape, caplog):
    tokens, targets = batch(shape.causal)
    whole = Objective(tiny.model(shape), 0.1)
    loss = Gradients(whole, Team())(tokens, targets)
    small = Small(tiny.model(shape), 0.1)
    halved = Gradients(small, Team())
    with caplog.at_level(logging.WARNING):
        assert halved(tokens, targets) == pytest.approx(loss, rel=1e-5)
    assert halved.parts == 4
    assert "in 4 parts" in caplog.text
    torch.testing.assert_close(gradient(small), gradient(whole), rtol=1e-4, atol=1e-6)


def test_a_row_that_does_not_fit_is_an_error():
    small = Small(tiny.model(tiny.architecture(outputs=2)), 0.0)
    small.rows = 0
    with pytest.raises(torch.OutOfMemoryError):
        Gradients(small, Team())(*batch(causal=False))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_shares_are_the_whole_batch(size):
    rows = torch.cat([Team(rank, size).share(10) for rank in range(size)])
    assert sorted(rows.tolist()) == list(range(10))


@pytest.mark.parametrize("shape", [tiny.architecture(outputs=2), tiny.recommender()])
def test_mixed_precision_is_close_and_leaves_weights_and_loss_single(shape):
    tokens, targets = batch(shape.causal)
    exact, mixed = (Objective(tiny.model(shape), 0.1, mixed=flag) for flag in (False, True))
    losses = [objective(tokens, targets) for objective in (exact, mixed)]
    assert losses[1].dtype == torch.float32
    assert losses[0].item() != losses[1].item()
    torch.testing.assert_close(losses[1], losses[0], rtol=0.02, atol=0)
    for loss in losses:
        loss.backward()
    one, two = gradient(exact), gradient(mixed)
    assert two.dtype == torch.float32
    assert torch.nn.functional.cosine_similarity(one, two, dim=0) > 0.99


def test_mixed_precision_needs_a_card():
    assert not mixed_precision(True, 1024, CPU)


TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone")
WORKER = """
import sys
import numpy as np
from pathlib import Path
from trainings import changed, run
import tiny
from vitrine.models.inference import logits
from vitrine.training.team import Team

folder = Path(sys.argv[1])
team = Team.join()
shape = tiny.recommender() if sys.argv[2] == "recommender" else tiny.architecture(outputs=2)
seen = []
model, history = run(
    folder, shape=shape, epochs_seen=seen, team=team,
    settings=changed(dropout=0.0, epochs=3, batch_size=7),
    score=(lambda model: {"ndcg_10": 0.5}) if shape.causal else None,
    metric="ndcg_10" if shape.causal else "accuracy",
)
np.save(folder / f"rank{team.rank}.npy", logits(model, tiny.examples([5, 3, 9, 12])))
history.to_parquet(folder / f"rank{team.rank}.parquet")
(folder / f"rank{team.rank}.txt").write_text(str(len(seen)))
"""


@pytest.mark.parametrize("kind", ["classifier", "recommender"])
def test_two_processes_learn_what_one_learns(kind, tmp_path):
    worker = tmp_path / "worker.py"
    worker.write_text(WORKER)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "helpers"), str(ROOT / "workflow")]),
        "OMP_NUM_THREADS": "1",
    }
    for count in (1, 2):
        folder = tmp_path / str(count)
        folder.mkdir()
        done = subprocess.run(
            [*TORCHRUN, "--nproc-per-node", str(count), str(worker), str(folder), kind],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
    # Not the weights: a constant added to all keys changes nothing, and drifts with rounding.
    one = np.load(tmp_path / "1" / "rank0.npy")
    for rank in (0, 1):
        two = np.load(tmp_path / "2" / f"rank{rank}.npy")
        np.testing.assert_allclose(two, one, rtol=1e-3, atol=1e-4)
    # The first alone reports.
    assert (tmp_path / "2" / "rank0.txt").read_text() == "3"
    assert (tmp_path / "2" / "rank1.txt").read_text() == "0"


SHARED = "architectures={nano: {layers: 1, heads: 2, width: 16, processes: 2}}"
TRAINING = "definitions={{credit: {{training: {{epochs: {0}, patience: {0}}}}}}}"


def job_of(folder):
    """The process of the training in a folder, once it has finished an epoch."""
    model = folder / "results" / "credit" / "nano" / "seed0"
    until = time.monotonic() + 120
    while not (model / "checkpoint.safetensors").exists():
        assert time.monotonic() < until
        time.sleep(0.1)
    (path,) = (model / "records").glob("train.*.jsonl")
    start, _ = read_ends(path)
    return psutil.Process(start["pid"])


def test_a_job_of_two_processes_is_like_any_other_and_leaves_none_behind(tmp_path):
    arguments = ("--configfile", str(SMOKE), "--config", "studies=[credit]", "scales=[nano]")
    long = [*arguments, SHARED, TRAINING.format(1000), "--", "train"]
    with (tmp_path / "out.txt").open("w") as out:
        process = subprocess.Popen(command(tmp_path, *long), stdout=out, stderr=out)
        job = job_of(tmp_path)
        workers = job.children(recursive=True)
        assert sum("vitrine.training.worker" in " ".join(one.cmdline()) for one in workers) == 3
        job.kill()
        assert process.wait(60) == 1
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert alive == []

    snakemake(tmp_path, *arguments, SHARED, TRAINING.format(2), "--", "train")
    path = tmp_path / "results/credit/nano/seed0/records/train.2.jsonl"
    events, _ = read_events(path)
    metrics = [event for event in events if event["event"] == "metrics"]
    assert [e["step"] for e in metrics if "train/loss" in e["values"]] == [1, 2]
    assert {"parameters"} <= {key for e in events if e["event"] == "params" for key in e["values"]}
    assert events[-1]["status"] == "FINISHED"
    assert "epoch 2/2" in (tmp_path / "logs/credit/nano/seed0/train.log").read_text()
