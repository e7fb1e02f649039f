"""What the Snakefile uses: the plan of a run, what jobs ask of a machine, and how a job is run."""
