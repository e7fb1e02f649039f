"""Emergence, attention, LIME and SHAP on examples that are worked out on the page."""

from vitrine.report.page import Page

PAGE = Page(
    name="primer",
    order=70,
    inputs=lambda files, study: {},  # noqa: ARG005
    caption="Emergence, attention, LIME and SHAP on three worked examples.",
)
