"""A check after every conversion: what had variety in the file still has it."""

from vitrine.data.readers.bad import BadDataError

# Forms of the same value, such as 1 and 1.0, are few; a fall below this share is a loss.
LEAST_SHARE = 0.25


def check_variety(
    place: object, before: int, after: int, *, column: str | None = None, what: str = "values"
) -> None:
    """Stop where a conversion lost what tells values apart.

    Args:
        place: the file, for the message.
        before: how many distinct values the file has.
        after: how many are left.
        column: the column, if there is one.
        what: what is counted.

    Raises:
        BadDataError: one value is left of several, or less than a quarter of them.
    """
    if after >= before or (after > 1 and after >= LEAST_SHARE * before):
        return
    raise BadDataError(
        place,
        f"The file has {before:,} different {what}, of which reading would leave {after:,}. "
        "State how to read it, for a column with `data: {categorical: [...]}` or "
        "`data: {drop: [...]}`, or save it in another form.",
        column=column,
    )
