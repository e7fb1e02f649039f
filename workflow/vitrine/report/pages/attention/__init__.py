"""What the heads of all studies attend to, and how far attention explains decisions."""

from vitrine.report.page import Inputs, Page, SiteFiles


def _inputs(files: SiteFiles, study: str) -> Inputs:  # noqa: ARG001
    return {
        "results": files.all_result_files(),
        "tables": files.all_chosen_files("attention/summary.parquet", "robustness.parquet"),
    }


PAGE = Page(
    name="attention",
    order=40,
    inputs=_inputs,
    caption="Where the attention heads of every selected model attend, and how well attention "
    "explains the predictions.",
)
