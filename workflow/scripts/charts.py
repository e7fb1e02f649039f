"""Write the script that draws charts, which every page with charts contains."""

from pathlib import Path

from vitrine.files import atomic
from vitrine.report.shell import chart_script
from vitrine.tracking.job import job

with job(snakemake, "charts"), atomic(Path(snakemake.output[0])) as temporary:
    temporary.write_text(chart_script(), encoding="utf-8")
