"""Vitrine: transformer models in a glass case, from raw data to a report.

`snakemake --cores 8` makes everything; `snakemake --cores 8 shap`, `... reviews` or `... <file>`
makes one stage, one study or one file. Settings stand in config/config.yaml.
"""

import atexit
import os
import sys

from snakemake.utils import min_version

min_version("9.27")

# This checkout's own library, whatever else is installed.
LIBRARY = os.path.join(workflow.basedir, "workflow")
sys.path.insert(0, LIBRARY)

from vitrine.config.load import check_syntax, load
from vitrine.tracking.closing import failure_message, success_message
from vitrine.tracking import invocation, recovery

check_syntax(os.path.join(workflow.basedir, "config", "config.yaml"))


configfile: os.path.join(workflow.basedir, "config", "config.yaml")


config = load(config, workflow.configfiles)


# Locks, orphans and damaged files of a run that was killed.
if workflow.is_main_process:
    recovery.prepare(sys.argv[1:])


report: "workflow/report/workflow.rst"


# What `--sdm apptainer` runs jobs in: the image of the Dockerfile, see docs/clusters.md.
container: "vitrine.sif"


include: "workflow/rules/common.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/explain.smk"
include: "workflow/rules/validate.smk"
include: "workflow/rules/emergence.smk"
include: "workflow/rules/families.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/reuse.smk"


rule all:
    default_target: True
    input:
        "results/report/index.html",
        "results/report/emergence.html",
        ["results/report/families.html"] if config["families"] else [],


onstart:
    invocation.start(config, sorted(workflow.dag_settings.targets))


onsuccess:
    tracking = invocation.finish("FINISHED", workflow.dag.mermaid_js())
    print(success_message(tracking), file=sys.stderr)


onerror:
    tracking = invocation.finish("FAILED", workflow.dag.mermaid_js())
    # After Snakemake's own last words.
    atexit.register(print, failure_message(tracking, log), file=sys.stderr)
