"""One of several processes that train a model together: ``torchrun --module`` runs it.

Its argument is a JSON file with the arguments of `vitrine.stages.train.fit`, the number of
``threads``, the ``device`` ("cuda" or "cpu") and the file that takes its ``progress``.
"""

import json
import logging
import sys
from pathlib import Path

import torch
from torch import distributed

from vitrine.stages.train import fit
from vitrine.training.team import Team, local_rank
from vitrine.training.together import Speaker, end_with_parent


def main() -> None:
    """Train; the first process says how many parameters there are."""
    end_with_parent()
    arguments = json.loads(Path(sys.argv[1]).read_text())
    torch.set_num_threads(arguments.pop("threads"))
    speaker = Speaker(arguments.pop("progress"))
    kind = arguments.pop("device")
    device = torch.device(kind, local_rank()) if kind == "cuda" else torch.device(kind)
    if kind == "cuda":
        torch.cuda.set_device(device)
    team = Team.joined(kind)
    if team.rank == 0:
        logging.basicConfig(level=logging.INFO, handlers=[speaker])
    files = map(Path, arguments.pop("files"))
    parameters = fit(*files, **arguments, device=device, team=team, report=speaker.report)
    if team.rank == 0:
        speaker.say(parameters=parameters)
    # The first still writes the model while the others are done.
    distributed.barrier()
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
