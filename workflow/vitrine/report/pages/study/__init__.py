"""The page of a study: data, models, attention, explanations, validation; with its model card."""

from vitrine.report.page import Inputs, Page, SiteFiles


def _inputs(files: SiteFiles, study: str) -> Inputs:
    return {
        "results": files.result_files(study),
        "data": files.study_files(
            study,
            *(f"data/{split}.parquet" for split in ("train", "validation", "test")),
            "data/encoding.json",
            "data/catalog.parquet",
        ),
        "histories": files.model_files(study, "history.parquet"),
        "chosen": files.chosen_files(
            study,
            "predictions.parquet",
            "removal.parquet",
            "robustness.parquet",
            "sanity.parquet",
            "sanity.json",
            "attention/summary.parquet",
            "attention/attention.npz",
            "attention/activations.npz",
        ),
        "choice": files.chosen_files(
            study, "choice/removal.json", *(f"choice/{method}.json" for method in files.tuned)
        ),
        "explained": files.chosen_files(
            study,
            *(
                f"{folder}/{method}.parquet"
                for folder in ("attributions", "diagnostics")
                for method in files.methods
            ),
        ),
        "interactions": (
            files.chosen_files(study, "interactions.parquet") if files.interactions else []
        ),
    }


PAGE = Page(
    name="study",
    order=10,
    scope="study",
    inputs=_inputs,
    caption="The page of the study {study}: data, models and baselines, attention, explanations "
    "and their validation.",
    further={"card": "{study}.md"},
)
