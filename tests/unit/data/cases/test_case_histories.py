"""Logs of events: which columns they have, and the order of the events."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pandas as pd
import pytest
from own_files import LEAVE_ONE_OUT, carry, put, refused, run, run_refused

from vitrine.data.domains.sequence.encoding import item_titles

USERS, LENGTH = 6, 8
NAMES = ["user", "item", "timestamp"]
START = datetime(2023, 2, 13, 3, 39, 32)


def moment(user: int, place: int) -> datetime:
    """When a user meets the next item: events lie 20 days apart."""
    return START + timedelta(days=20 * place, hours=user)


def item(user: int, place: int) -> str:
    return f"item/{(user + 3 * place) % 9}"


def log(write: Callable[[datetime], object], names: Sequence[str] = NAMES) -> pd.DataFrame:
    """A log whose rows are in no order."""
    rows = [
        (f"u{user}", item(user, place), write(moment(user, place)))
        for place in (3, 0, 7, 1, 6, 2, 5, 4)
        for user in range(USERS)
    ]
    return pd.DataFrame(rows, columns=names)


def check_histories() -> None:
    """The test histories: all items but the last in the order of time, and the last as target."""
    titles = item_titles("out")
    test = pd.read_parquet("out/test.parquet")
    assert len(test) == USERS
    found = {
        (*(titles[film] for film in row.films), titles[row.target]) for row in test.itertuples()
    }
    expected = {tuple(item(user, place) for place in range(LENGTH)) for user in range(USERS)}
    assert found == expected


def seconds(moment: datetime) -> float:
    return pd.Timestamp(moment).timestamp()


FORMS: dict[str, Callable[[datetime], object]] = {
    "day first": lambda m: m.strftime("%d/%m/%Y %H:%M:%S"),
    "day first without seconds": lambda m: m.strftime("%d.%m.%Y %H:%M"),
    "month first": lambda m: m.strftime("%m/%d/%Y %H:%M:%S"),
    "ISO": lambda m: m.isoformat(),
    "seconds": lambda m: int(seconds(m)),
    "parts of seconds": lambda m: f"{seconds(m):.3f}",
    "milliseconds": lambda m: int(seconds(m) * 1e3),
    "microseconds": lambda m: int(seconds(m) * 1e6),
    "nanoseconds": lambda m: int(seconds(m)) * 10**9,
    "names of months": lambda m: m.strftime("%d %b %Y"),
}


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("write", FORMS.values(), ids=FORMS)
def test_histories_are_in_the_order_of_time(
    write: Callable[[datetime], object], suffix: str
) -> None:
    carried = carry(put(f"x.{suffix}", log(write)))
    assert carried.data["domain"] == "sequence"
    assert carried.counts == (USERS * LENGTH, USERS * LENGTH, {})
    check_histories()
    times = pd.read_parquet("out/test.parquet")["timestamps"]
    gaps = {round(gap) for row in times for gap in pd.Series(row).diff().dropna()}
    assert gaps == {20 * 86400}


def gaps_in_days() -> set[float]:
    times = pd.read_parquet("out/test.parquet")["timestamps"]
    return {gap / 86400 for row in times for gap in pd.Series(row).diff().dropna()}


def test_dates_that_fit_both_orders_need_a_statement() -> None:
    rows = [(f"u{u}", f"i{(u + t) % 7}", f"0{t + 1}/02/2023") for u in range(6) for t in range(6)]
    file = put("x.csv", pd.DataFrame(rows, columns=NAMES))
    section = {"domain": "sequence", "file": file}
    told = run_refused(section, LEAVE_ONE_OUT)
    assert told.startswith(f"{file}, row 1, column `timestamp`: `01/02/2023` may be day first or")
    carried = carry(file)
    assert carried.data["date_format"] == "day first"
    assert "may be day first or month first; day first is taken, please check" in carried.said
    assert gaps_in_days() == {1}
    run({**section, "date_format": "month first"}, LEAVE_ONE_OUT)
    assert gaps_in_days() == {28, 30, 31}
    run({**section, "date_format": "%d/%m/%Y"}, LEAVE_ONE_OUT)
    assert gaps_in_days() == {1}


def test_parts_of_a_second_keep_the_order() -> None:
    rows = [(f"u{u}", f"i{t}", f"{1_600_000_000 + t / 10:.3f}") for u in range(5) for t in range(8)]
    frame = pd.DataFrame(rows, columns=NAMES).sample(frac=1, random_state=0)
    carry(put("x.csv", frame))
    titles = item_titles("out")
    for films in pd.read_parquet("out/test.parquet")["films"]:
        assert [titles[film] for film in films] == [f"i{t}" for t in range(7)]


def test_events_at_one_time_keep_the_order_of_the_file() -> None:
    rows = [(f"u{u}", f"i{(t * 5) % 8}", 1_600_000_000) for u in range(5) for t in range(8)]
    carry(put("x.csv", pd.DataFrame(rows, columns=NAMES)))
    titles = item_titles("out")
    for films in pd.read_parquet("out/test.parquet")["films"]:
        assert [titles[film] for film in films] == [f"i{(t * 5) % 8}" for t in range(7)]


@pytest.mark.parametrize(
    "names",
    [
        "account sku ordered_at",
        "userId movieId timestamp",
        "Customer ID,Product ID,Order Date",
        "session_id url ts",
        "reviewer asin when",
        "visitor page datetime",
    ],
)
def test_names_of_users_items_and_times(names: str) -> None:
    columns = names.split(",") if "," in names else names.split()
    frame = log(lambda m: m.isoformat()).set_axis(columns, axis=1)
    carried = carry(put("x.csv", frame))
    roles = {key: carried.data[key] for key in ("user", "item", "timestamp")}
    assert roles == dict(zip(("user", "item", "timestamp"), columns, strict=True))
    check_histories()


def test_columns_may_be_named() -> None:
    frame = log(lambda m: m.isoformat(), ["a", "b", "c"])
    carried = carry(put("x.csv", frame), "--user", "a", "--item", "b", "--time", "c")
    assert carried.data["domain"] == "sequence"
    check_histories()


def test_a_name_of_the_customer_is_no_title_of_the_item() -> None:
    frame = log(lambda m: m.isoformat(), ["customer_id", "product_id", "timestamp"])
    frame["name"] = "Customer " + frame["customer_id"].str[1:]
    file = put("x.csv", frame)
    carried = carry(file)
    assert "title" not in carried.data
    assert "Not used: `name`." in carried.said
    assert {*item_titles("out").values()} == {item(u, t) for u in range(6) for t in range(8)}
    section = {key: carried.data[key] for key in ("domain", "file", "user", "item", "timestamp")}
    told = run_refused({**section, "title": "name"}, LEAVE_ONE_OUT)
    assert "is called `Customer" in told
    assert "a title is the same in all rows of an item" in told
    assert "column `name`" in told


def test_a_title_of_the_item_and_a_rating() -> None:
    frame = log(lambda m: m.isoformat())
    frame["title"] = "Film " + frame["item"].str[5:]
    frame["rating"] = [1 + place % 5 for place in range(len(frame))]
    carried = carry(put("x.csv", frame))
    assert (carried.data["title"], carried.data["rating"]) == ("title", "rating")
    assert {*item_titles("out").values()} == {f"Film {n}" for n in range(9)}
    ratings = [rating for row in pd.read_parquet("out/test.parquet")["ratings"] for rating in row]
    assert {*ratings} == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_three_users_have_too_few_items() -> None:
    rows = [
        (u, t + 1 + 9 * (t > 1) * (u + 1), 1_600_000_000 + t) for u in range(3) for t in range(4)
    ]
    file = put("x.csv", pd.DataFrame(rows, columns=NAMES))
    told = refused(file)
    assert "Only 2 items stand in the training histories often enough; 3 are needed to rank" in told
    assert run_refused({"domain": "sequence", "file": file}, LEAVE_ONE_OUT) == told


def test_held_out_items_that_no_model_can_hit_are_told(caplog: pytest.LogCaptureFixture) -> None:
    rows = [(u, f"new {u} {t}" if t > 3 else f"i{t}", t) for u in range(4) for t in range(6)]
    run(
        {"domain": "sequence", "file": put("x.csv", pd.DataFrame(rows, columns=NAMES))},
        LEAVE_ONE_OUT,
    )
    assert "none of the 4 items that are held out for test is among the 4 items" in caplog.text


def test_one_item_cannot_be_ranked() -> None:
    rows = [(u, "A", 1_600_000_000 + t) for u in range(6) for t in range(6)]
    file = put("x.csv", pd.DataFrame(rows, columns=NAMES))
    told = refused(file)
    assert told == f"{file}, column `item`: There is one item only, `A`; nothing can be ranked."
    assert run_refused({"domain": "sequence", "file": file}, LEAVE_ONE_OUT) == told


def test_repeated_events_and_short_histories_are_counted() -> None:
    frame = log(lambda m: m.isoformat())
    short = pd.DataFrame([("x", "item/1", START.isoformat())] * 2, columns=frame.columns)
    carried = carry(put("x.csv", pd.concat([frame, frame.head(3), short])))
    left_out = {"repeated_events": 4, "events_of_short_histories": 1}
    assert carried.counts == (USERS * LENGTH + 5, USERS * LENGTH, left_out)
    assert "1 users with fewer than 4 events are left out." in carried.said
    assert "4 repeated events" in carried.said
    check_histories()


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("user", "", "The user is missing"),
        ("item", "", "The item is missing"),
        ("timestamp", "", "The timestamp is missing"),
        ("timestamp", "soon", "`soon` is no date or time"),
    ],
)
def test_cells_that_no_event_can_have(column: str, cell: str, told: str) -> None:
    frame = log(lambda m: m.isoformat())
    frame.loc[4, column] = cell
    file = put("x.csv", frame)
    by_hand = run_refused({"domain": "sequence", "file": file}, LEAVE_ONE_OUT)
    assert by_hand.startswith(f"{file}, row 5, column `{column}`: {told}")
    assert told in refused(file)


def test_histories_need_their_columns() -> None:
    file = put("x.csv", pd.DataFrame({"a": [1, 2] * 12, "label": ["x", "y"] * 12}))
    told = refused(file, "--domain", "sequence")
    assert "name them with USER=..., ITEM=... and TIME=..." in told
    assert "name them with USER" in refused(file, "--user", "nobody")
