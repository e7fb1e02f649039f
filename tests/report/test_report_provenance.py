"""The stage graph of the provenance page."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.report.pages.provenance.graph import (
    HEIGHT,
    LINE_ROOM,
    WIDTH,
    Line,
    StageGraph,
    lay_out_stages,
)
from vitrine.report.parts.jobs import stage_edges

README = Path(__file__).parents[2] / "README.md"


def make_job(stage: str, inputs: list[str], outputs: list[str]) -> SimpleNamespace:
    return SimpleNamespace(start={"stage": stage, "inputs": inputs, "outputs": outputs})


def lay_out(edges: list[tuple[str, str]]) -> StageGraph:
    """The graph of one job per stage, each of which reads what its predecessors write."""
    stages = list(dict.fromkeys(stage for edge in edges for stage in edge))
    return lay_out_stages(
        [
            make_job(stage, [f"of {first}" for first, second in edges if second == stage],
                     [f"of {stage}"])
            for stage in stages
        ]
    )  # fmt: skip


def trace(line: Line) -> list[tuple[float, float]]:
    """Points along a line, as its SVG path is drawn."""
    points: list[tuple[float, float]] = []
    for command, text in re.findall(r"([MLC])([-\d. ]+)", line.path):
        numbers = [float(number) for number in text.split()]
        if command == "C":
            start = points[-1]
            (a, b), (c, d), (e, f) = zip(numbers[::2], numbers[1::2], strict=True)
            for step in range(1, 41):
                t = step / 40
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
                points.append(
                    (
                        sum(w * x for w, x in zip(weights, (start[0], a, c, e), strict=True)),
                        sum(w * y for w, y in zip(weights, (start[1], b, d, f), strict=True)),
                    )
                )
        elif command == "L":
            x, y = points[-1]
            points += [
                (x + (numbers[0] - x) * t / 40, y + (numbers[1] - y) * t / 40) for t in range(1, 41)
            ]
        else:
            points.append((numbers[0], numbers[1]))
    return points


def check_drawing(graph: StageGraph) -> None:
    """All lies within the drawing, boxes apart; no line passes a box that is not one of its own."""
    for place, box in enumerate(graph.boxes):
        assert 0 <= box.x <= graph.width - WIDTH
        assert 0 <= box.y <= graph.height - HEIGHT
        for other in graph.boxes[:place]:
            apart = abs(box.x - other.x) >= WIDTH or abs(box.y - other.y) >= HEIGHT
            assert apart, (box, other)
    for line in graph.lines:
        points = trace(line)
        assert all(0 <= x <= graph.width and 0 <= y <= graph.height for x, y in points)
        for box in graph.boxes:
            if box.stage in (line.first, line.second):
                continue
            for x, y in points:
                inside = box.x < x < box.x + WIDTH and (
                    box.y - LINE_ROOM / 2 < y < box.y + HEIGHT + LINE_ROOM / 2
                )
                assert not inside, (line.first, line.second, box.stage)


JOBS = [
    make_job("prepare", [], ["train"]),
    make_job("train", ["train"], ["model0"]),
    make_job("train", ["train"], ["model1"]),
    make_job("evaluate", ["train", "model0"], ["evaluation"]),
]


def test_arrows_lead_from_what_was_written_to_what_reads_it() -> None:
    edges = {("prepare", "train"), ("prepare", "evaluate"), ("train", "evaluate")}
    assert stage_edges(JOBS) == edges


def test_boxes_stand_in_columns_and_implied_arrows_are_left_out() -> None:
    drawn = lay_out_stages(JOBS)
    assert {box.stage: box.jobs for box in drawn.boxes} == {
        "prepare": 1, "train": 2, "evaluate": 1,
    }  # fmt: skip
    columns = {box.stage: box.x for box in drawn.boxes}
    assert columns["prepare"] < columns["train"] < columns["evaluate"]
    lines = {(line.first, line.second) for line in drawn.lines}
    assert lines == {("prepare", "train"), ("train", "evaluate")}
    check_drawing(drawn)


def test_no_line_of_the_whole_workflow_passes_a_box_of_another_stage() -> None:
    edges = re.findall(r"^ +(\w+) --> (\w+)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    drawn = lay_out(edges)
    assert len(drawn.boxes) > 15
    check_drawing(drawn)
    # The library draws the same graph in the same way.
    assert drawn == lay_out(edges)
    ends = {box.stage: (box.x, box.y + HEIGHT / 2) for box in drawn.boxes}
    for line in drawn.lines:
        (x, y), (last_x, last_y) = line.points[0], line.points[-1]
        assert (x - WIDTH, y) == ends[line.first]
        assert (last_x, last_y) == (ends[line.second][0] - 3, ends[line.second][1])


@given(
    st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1]))
)
def test_no_line_of_any_workflow_passes_a_box_of_another_stage(pairs: set) -> None:
    check_drawing(lay_out([(f"stage{first}", f"stage{second}") for first, second in sorted(pairs)]))


@pytest.mark.parametrize(
    "edges",
    [
        [("a", "b"), ("b", "a")],
        [("a", "b"), ("b", "c"), ("c", "a")],
        [("start", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("c", "end")],
    ],
)
def test_stages_that_read_each_other_are_drawn_too(edges: list[tuple[str, str]]) -> None:
    drawn = lay_out(edges)
    assert {box.stage for box in drawn.boxes} == {stage for edge in edges for stage in edge}
    check_drawing(drawn)


def test_without_records_there_is_nothing_to_draw() -> None:
    assert lay_out_stages([]).boxes == []
