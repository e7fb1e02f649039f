"""Results of other runs: `snakemake --cache` with SNAKEMAKE_OUTPUT_CACHE; see docs/clusters.md."""

if REUSE:
    # A result that is found takes no time, so Snakemake refuses to measure a rule that may find it.
    for stage in workflow.rules:
        if stage.cache.output:
            stage._benchmark = None
