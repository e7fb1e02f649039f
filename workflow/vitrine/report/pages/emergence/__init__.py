"""Abilities with a known optimum, and depth and context in the models of the studies."""

from vitrine.report.page import Inputs, Page, SiteFiles


def _inputs(files: SiteFiles, study: str) -> Inputs:  # noqa: ARG001
    return {
        "analysis": [files.ability_analysis],
        "curves": files.ability_files("curves.parquet"),
        "mechanism": files.ability_files("mechanism.parquet"),
        "depth": files.all_study_files("depth.parquet"),
        "context": files.all_study_files("context.parquet"),
    }


PAGE = Page(
    name="emergence",
    order=20,
    inputs=_inputs,
    caption="Abilities that emerge with size, data or training, each compared with the "
    "theoretical optimum, and depth and context in the models of the studies.",
)
