"""How files of text separate and quote their cells, and how they are encoded."""

import pytest
from own_files import LABELS, carry, labelled, lines, put, refused, run, run_refused

from vitrine.data.own_data import BRACES

ROWS = 24
TABLE = {"domain": "table", "label": "label"}
CELLS = {
    "size": [str(i % 7) for i in range(ROWS)],
    "town": [("Köln", "Bonn", "Ulm")[i % 3] for i in range(ROWS)],
}


@pytest.mark.parametrize(
    ("suffix", "separator", "name"),
    [
        ("csv", ",", None),
        ("csv", ";", "semicolon"),
        ("csv", "|", "vertical bar"),
        ("csv", "\t", "tab"),
        ("tsv", "\t", None),
        ("tsv", ",", "comma"),
        ("CSV", ";", "semicolon"),
    ],
)
def test_separators_are_found_out(suffix: str, separator: str, name: str | None) -> None:
    carried = carry(put(f"x.{suffix}", labelled(CELLS, separator)))
    assert carried.values("size") == [i % 7 for i in range(ROWS)]
    assert carried.values("town") == CELLS["town"]
    told = f"Cells are separated by the {name}."
    assert (told in carried.said, told in carried.notes) == (name is not None,) * 2


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_line_by_which_excel_names_the_separator(first: str, encoding: str) -> None:
    content = first + "\r\n" + labelled(CELLS).replace("\n", "\r\n")
    carried = carry(put("x.csv", content.encode(encoding)))
    assert carried.values("town") == CELLS["town"]
    assert {*carried.fields} == {"size", "town"}


def test_a_separator_of_ones_own() -> None:
    file = put("x.csv", labelled(CELLS, "^"))
    carried = carry(file, "--separator", "^")
    assert carried.data["separator"] == "^"
    assert carried.values("town") == CELLS["town"]


def test_two_separators_that_fit_are_refused() -> None:
    rows = [f"{i},5{i};{LABELS[i % 2]}" for i in range(ROWS)]
    file = put("x.csv", lines("Betrag, EUR;label", rows))
    told = refused(file)
    assert told.startswith(f"{file}: The comma and the semicolon both separate the same number")
    assert 'State which one does: `data: {separator: ","}` or `";"`.' in told
    assert run_refused({**TABLE, "file": file}) == told
    carried = carry(file, "--separator", ";")
    assert carried.values("Betrag, EUR") == [float(f"{i}.5{i}") for i in range(ROWS)]


def test_one_wrong_row_does_not_hide_the_separator() -> None:
    file = put("x.csv", labelled(CELLS) + "1;2\n")
    told = refused(file)
    assert told.startswith(f"{file}, row 25: 2 cells, but there are 3 columns.")
    assert run_refused({**TABLE, "file": file}) == told


def test_a_stated_separator_that_is_wrong() -> None:
    file = put("x.csv", lines("a;b;label", [*labelled(CELLS).splitlines()[1:], "1,5;2;good"]))
    told = run_refused({**TABLE, "file": file, "separator": ","})
    assert (
        'the semicolon 2 times: if it separates the cells, state `data: {separator: ";"}`' in told
    )


@pytest.mark.parametrize("row", ["1,Bonn", "1,Bonn,good,more", "1,Bonn,good,"])
def test_rows_of_another_length_are_refused_by_both(row: str) -> None:
    rows = labelled(CELLS, ",").splitlines()
    file = put("x.csv", lines(rows[0], [*rows[1:6], row, *rows[6:]]))
    told = refused(file)
    cells = row.count(",") + 1
    assert told.startswith(f"{file}, row 6: {cells} cells, but there are 3 columns.")
    assert run_refused({**TABLE, "file": file}) == told


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(end: str) -> None:
    content = labelled(CELLS, ",").replace("\n", end)
    assert carry(put("x.csv", content)).values("town") == CELLS["town"]
    assert run({**TABLE, "file": put("y.csv", content.removesuffix(end))}).counts[0] == ROWS


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_are_no_rows(end: str) -> None:
    rows = labelled(CELLS, ",").splitlines()
    content = end + lines(rows[0], [*rows[1:4], "", *rows[4:], "", ""], end)
    carried = carry(put("x.csv", content))
    assert carried.values("town") == CELLS["town"]
    assert carried.counts == (ROWS, ROWS, {})


def test_a_separator_at_the_end_of_all_lines() -> None:
    content = "".join(f"{row},\n" for row in labelled(CELLS, ",").splitlines())
    carried = carry(put("x.csv", content))
    assert {*carried.fields} == {"size", "town"}
    assert "Column 4 has no name and is empty or counts the rows; it is left out." in carried.said


ENCODINGS = [
    ("utf-8-sig", None),
    ("utf-16", "utf-16"),
    ("utf-32", "utf-32"),
    ("utf-16-le", "utf-16-le"),
    ("windows-1252", "windows-1252"),
    ("latin-1", "latin-1"),
    ("mac-roman", "mac-roman"),
]


@pytest.mark.parametrize(("encoding", "told"), ENCODINGS)
def test_encodings(encoding: str, told: str | None) -> None:
    file = put("x.csv", labelled(CELLS, ",").encode(encoding))
    marked = encoding in ("utf-8-sig", "utf-16", "utf-32")
    carried = carry(file, *(() if marked else ("--encoding", encoding)))
    assert carried.values("town") == CELLS["town"]
    assert carried.encoding.vocabulary[3:6] == ["town=Bonn", "town=Köln", "town=Ulm"]
    assert carried.data.get("encoding") == (None if marked else encoding)
    assert told is None or f"The encoding is {told}." in carried.said


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("windows-1251", ["да", "нет", "может"]),
        ("gb18030", ["好", "坏", "中"]),
        ("shift_jis", ["良い", "悪い", "普通"]),
        ("koi8-r", ["да", "нет", "может"]),
    ],
)
def test_encodings_of_other_scripts(encoding: str, words: list[str]) -> None:
    content = labelled({**CELLS, "word": [words[i % 3] for i in range(ROWS)]}, "|")
    file = put("x.csv", content.replace("Köln", "Kiel").encode(encoding))
    assert "State the encoding of the file" in refused(file)
    carried = carry(file, "--encoding", encoding)
    assert carried.values("word") == [words[i % 3] for i in range(ROWS)]


def test_bytes_that_are_not_utf_8_are_placed() -> None:
    file = put("x.csv", labelled(CELLS, ",").encode("windows-1252"))
    told = refused(file)
    assert told == (
        f"{file}: Not UTF-8: byte 0xf6 in line 2 of the file, place 4. State the encoding of the "
        "file, such as `data: {encoding: windows-1252}` (Western Europe) or `windows-1251` "
        "(Cyrillic), or save the file as UTF-8."
    )
    assert run_refused({**TABLE, "file": file}) == told


def test_utf_16_without_a_mark() -> None:
    file = put("x.csv", labelled(CELLS, ",").encode("utf-16-le"))
    assert "State `data: {encoding: utf-16-le}`".casefold() in refused(file).casefold()


QUOTED = ['the \\"old\\" one', 'the \\"big\\" one', "C:\\\\dir"]
MEANT = ['the "old" one', 'the "big" one', "C:\\dir"]


def test_quotes_behind_backslashes() -> None:
    cells = {"name": [f'"{QUOTED[i % 3]}"' for i in range(ROWS)], "size": CELLS["size"]}
    file = put("x.csv", labelled(cells, ","))
    carried = carry(file)
    assert carried.values("name") == [MEANT[i % 3] for i in range(ROWS)]
    assert "Quotes inside cells are written with a backslash" in carried.said
    assert "Quotes inside cells are written with a backslash" in carried.notes
    stated = run({**TABLE, "file": file, "quotes": "backslash"})
    assert stated.values("name") == carried.values("name")


def test_backslashes_without_a_rule_stay_or_are_refused() -> None:
    cells = {"name": [f"C:\\new{i % 3}" for i in range(ROWS)], "size": CELLS["size"]}
    assert carry(put("x.csv", labelled(cells, ","))).values("name") == cells["name"]


def test_doubled_quotes_separators_and_line_breaks_in_cells() -> None:
    meant = [('say "so"', "a, b", "two\nlines", "x\r\ny")[i % 4] for i in range(ROWS)]
    written = ['"' + cell.replace('"', '""') + '"' for cell in meant]
    carried = carry(put("x.csv", labelled({"name": written, "size": CELLS["size"]}, ",")))
    assert carried.values("name") == meant
    assert carried.values("size") == [i % 7 for i in range(ROWS)]
    assert carried.counts == (ROWS, ROWS, {})


def test_a_quote_in_the_middle_of_a_cell() -> None:
    cells = {"pipe": [f'{i % 3}" wide' for i in range(ROWS)], "size": CELLS["size"]}
    assert carry(put("x.csv", labelled(cells, ","))).values("pipe") == cells["pipe"]


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_quotes_that_open_many_cells_swallow_no_lines(suffix: str) -> None:
    texts = [f"{chr(34) if i % 3 == 0 else ''}soup number {i} was fine" for i in range(60)]
    file = put(f"x.{suffix}", labelled({"text": texts}, "\t"))
    carried = carry(file)
    assert carried.counts == (60, 60, {})
    assert carried.values("text") == texts
    assert "Quotes do not match and every line has all cells: they are read as text" in carried.said
    assert "`data: {quotes: none}`" in carried.notes


def test_two_quotes_that_would_swallow_a_few_lines_are_refused() -> None:
    texts = [
        f"{chr(34) if i == 3 else ''}soup {i} was{chr(34) if i == 5 else ''}" for i in range(30)
    ]
    file = put(
        "x.tsv", lines("label\ttext", (f"{LABELS[i % 2]}\t{t}" for i, t in enumerate(texts)))
    )
    told = refused(file)
    assert told.startswith(f"{file}, row 4: A quoted cell holds whole lines of the file")
    assert "`data: {quotes: none}`" in told
    assert run_refused({"domain": "text", "label": "label", "file": file}) == told
    carried = carry(file, "--quotes", "none")
    assert carried.values("text") == texts


def test_a_quote_that_is_never_closed() -> None:
    cells = {"name": ['"open' if i == ROWS - 1 else '"x, y"' for i in range(ROWS)], **CELLS}
    told = refused(put("x.csv", labelled(cells, ",")))
    assert f"row {ROWS}: A quote is opened here and never closed." in told


def test_a_quote_that_ends_inside_a_cell() -> None:
    cells = {"name": ['"so" he, said' if i == 5 else "x" for i in range(ROWS)], **CELLS}
    told = refused(put("x.csv", labelled(cells, ",")))
    assert (
        "row 6: A quote ends inside a cell; quotes inside a quoted cell are written twice." in told
    )


def test_blanks_around_cells_are_cut_and_told() -> None:
    rows = [
        f"{i % 7}, {('State-gov', ' ?')[i % 2]}, {('<=50K', '>50K')[i // 2 % 2]}"
        for i in range(ROWS)
    ]
    carried = carry(put("x.csv", lines("age, workclass, income", rows)))
    assert carried.values("workclass") == [("State-gov", None)[i % 2] for i in range(ROWS)]
    assert carried.encoding.classes == ["<=50K", ">50K"]
    assert "Blanks around column names are cut." in carried.said
    assert "Blanks around cells are cut." in carried.said
    assert carried.data["missing"] == ["?"]


def test_braces_in_the_name_of_a_file_are_refused() -> None:
    file = put("a{b}.csv", labelled(CELLS))
    told = refused(file)
    assert told == f"{file}: {BRACES}."
