"""One of several processes that train a model together: ``torchrun --module`` runs it.

Its argument is a JSON file with the ``training`` (see `vitrine.training.fit.Training`), the number
of ``threads``, the kind of ``device`` ("cuda" or "cpu") and the file for its ``messages``.
"""

import json
import logging
import sys
from pathlib import Path

import torch
from torch import distributed

from vitrine.training.fit import Training, fit
from vitrine.training.processes import Messenger, end_with_parent
from vitrine.training.team import Team, local_rank


def main() -> None:
    """Train; the first process reports the number of parameters."""
    end_with_parent()
    arguments = json.loads(Path(sys.argv[1]).read_text())
    torch.set_num_threads(arguments["threads"])
    messenger = Messenger(arguments["messages"])
    kind = arguments["device"]
    device = torch.device(kind, local_rank()) if kind == "cuda" else torch.device(kind)
    if kind == "cuda":
        torch.cuda.set_device(device)
    team = Team.join(device)
    if team.rank == 0:
        logging.basicConfig(level=logging.INFO, handlers=[messenger])
    parameters = fit(Training.from_json(arguments["training"]), team, messenger.report)
    if team.rank == 0:
        messenger.send(parameters=parameters)
    # The first process still writes the model while the others are done.
    distributed.barrier()
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
