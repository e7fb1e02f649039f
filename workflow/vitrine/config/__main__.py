"""`python -m vitrine.config FILE...` checks files without running anything.

They are merged as Snakemake merges several ``--configfile``.
"""

import sys

from vitrine.config.load import check

check(sys.argv[1:])
print("The configuration is valid.")
