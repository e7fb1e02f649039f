"""The attribution methods compared over all studies."""

from vitrine.report.page import Inputs, Page, SiteFiles


def _inputs(files: SiteFiles, study: str) -> Inputs:  # noqa: ARG001
    return {
        "results": files.all_result_files(),
        "checks": files.all_chosen_files("sanity.json", "robustness.parquet"),
    }


PAGE = Page(
    name="explanations",
    order=50,
    inputs=_inputs,
    caption="Comparison of the explanation methods over all studies.",
)
