"""Language models of several sizes, where the configuration has families of them."""

from vitrine.report.page import Inputs, Page, SiteFiles


def _inputs(files: SiteFiles, study: str) -> Inputs:  # noqa: ARG001
    return {
        "analyses": files.family_analyses(),
        "tables": files.family_files("positions.parquet", "shots.parquet"),
    }


PAGE = Page(
    name="families",
    order=30,
    inputs=_inputs,
    caption="Language models of several sizes: in-context learning from texts, from repeated "
    "random tokens and from examples with labels, compared with chance and controls.",
    exists=lambda files: bool(files.families),
)
