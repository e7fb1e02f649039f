"""What is said of data that cannot be used."""


class BadDataError(ValueError):
    """Names the file, the row and the column, and says what would help."""

    def __init__(
        self, path: object, what: str, *, row: int | None = None, column: str | None = None
    ) -> None:
        """Rows are counted from 1, the line of the column names not counted."""
        self.path, self.what, self.row, self.column = path, what, row, column
        place = f"{path}"
        if row is not None:
            place += f", row {row:,}"
        if column is not None:
            place += f", column `{column}`"
        super().__init__(f"{place}: {what}")
