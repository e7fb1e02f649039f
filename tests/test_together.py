"""One model trained by several processes, and batches that do not fit in memory."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import tiny
from test_training import learnable
from vitrine.models.packing import Tokens, pack
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
    loss = Gradients(whole, Team(), CPU)(tokens, targets)
    small = Small(tiny.model(shape), 0.1)
    halved = Gradients(small, Team(), CPU)
    with caplog.at_level(logging.WARNING):
        assert halved(tokens, targets) == pytest.approx(loss, rel=1e-5)
    assert halved.parts == 4
    assert "in 4 parts" in caplog.text
    torch.testing.assert_close(gradient(small), gradient(whole), rtol=1e-4, atol=1e-6)


def test_a_row_that_does_not_fit_is_an_error():
    small = Small(tiny.model(tiny.architecture(outputs=2)), 0.0)
    small.rows = 0
    with pytest.raises(torch.OutOfMemoryError):
        Gradients(small, Team(), CPU)(*batch(causal=False))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_shares_are_the_whole_batch(size):
    rows = torch.cat([Team(rank, size).share(10) for rank in range(size)])
    assert sorted(rows.tolist()) == list(range(10))


def test_mixed_precision_needs_a_card():
    assert not mixed_precision("auto", 1024, CPU)


TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone")
WORKER = """
import sys
import numpy as np
import torch
from dataclasses import replace
from pathlib import Path
from test_training import QUICK, run
import tiny
from vitrine.training.team import Team

folder = Path(sys.argv[1])
team = Team.joined("cpu")
shape = tiny.recommender() if sys.argv[2] == "recommender" else tiny.architecture(outputs=2)
seen = []
model, history = run(
    folder, shape=shape, epochs_seen=seen, team=team,
    settings=replace(QUICK, dropout=0.0, epochs=3, batch_size=7),
    judge=(lambda model: {"ndcg_10": 0.5}) if shape.causal else None,
    metric="ndcg_10" if shape.causal else "accuracy",
)
torch.save(model.state_dict(), folder / f"rank{team.rank}.pt")
history.to_parquet(folder / f"rank{team.rank}.parquet")
(folder / f"rank{team.rank}.txt").write_text(str(len(seen)))
"""


@pytest.mark.parametrize("kind", ["classifier", "recommender"])
def test_two_processes_learn_what_one_learns(kind, tmp_path):
    worker = tmp_path / "worker.py"
    worker.write_text(WORKER)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(
            [str(Path(__file__).parent), str(Path(__file__).parents[1] / "workflow")]
        ),
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
    one = torch.load(tmp_path / "1" / "rank0.pt")
    for rank in (0, 1):
        two = torch.load(tmp_path / "2" / f"rank{rank}.pt")
        for name, weight in one.items():
            torch.testing.assert_close(two[name], weight, rtol=1e-3, atol=1e-5)
    # The first alone reports.
    assert (tmp_path / "2" / "rank0.txt").read_text() == "3"
    assert (tmp_path / "2" / "rank1.txt").read_text() == "0"
