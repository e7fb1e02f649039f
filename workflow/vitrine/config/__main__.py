"""`python -m vitrine.config FILE...` checks configuration files without running a workflow.

The files are merged as Snakemake merges several ``--configfile``.
"""

import sys

from vitrine.config.load import check

check(sys.argv[1:])
print("The configuration is valid.")
