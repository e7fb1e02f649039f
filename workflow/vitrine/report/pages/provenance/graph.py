"""The graph of the stages: boxes in columns, and lines between them that pass no other box.

grandalf lays the graph out in layers (Sugiyama et al. 1981): a line that spans several layers has
a place of its own in each layer between. A line runs level through these places and bends only in
the gaps between columns, so that it cannot cross a box.
"""

from collections import Counter
from dataclasses import dataclass

from grandalf.graphs import Edge, Vertex, graph_core
from grandalf.layouts import SugiyamaLayout, VertexViewer

from vitrine.report.parts.jobs import stage_edges
from vitrine.tracking.outputs import RecordedFile

WIDTH, HEIGHT = 156, 40  # of a box
COLUMN_GAP, ROW_GAP = 54, 26
LINE_ROOM = 6  # height that a line takes in a column that it passes
MARGIN = 4
ARROW = 3  # a line ends so far before the box that its arrow touches it

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A stage; ``x`` and ``y`` are its upper left corner."""

    stage: str
    jobs: int
    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """A line from a stage to one that reads its files.

    Attributes:
        first, second: the stages.
        points: from the first box to the second. The line is bent from the first point to the
            next, level through a column to the one after it, and so on.
    """

    first: str
    second: str
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """The line as data of an SVG path."""
        (x, y), *rest = self.points
        parts = [f"M{x:g} {y:g}"]
        for place, (next_x, next_y) in enumerate(rest):
            if place % 2:
                parts.append(f"L{next_x:g} {next_y:g}")
            else:
                middle = (x + next_x) / 2
                parts.append(f"C{middle:g} {y:g} {middle:g} {next_y:g} {next_x:g} {next_y:g}")
            x, y = next_x, next_y
        return " ".join(parts)


@dataclass(frozen=True)
class StageGraph:
    """The drawn graph; all lengths are in units of its view box."""

    width: float
    height: float
    boxes: list[Box]
    lines: list[Line]
    box: tuple[int, int] = (WIDTH, HEIGHT)


@dataclass(frozen=True)
class _Layout:
    """Places in one connected part: the column and the middle of each stage and of each line."""

    stages: dict[str, tuple[int, float]]
    bends: dict[tuple[str, str], list[tuple[int, float]]]

    @property
    def top(self) -> float:
        """The upper end of all boxes and lines."""
        return min(*(middle - HEIGHT / 2 for _, middle in self.stages.values()), *self._lines())

    @property
    def bottom(self) -> float:
        """The lower end of all boxes and lines."""
        return max(*(middle + HEIGHT / 2 for _, middle in self.stages.values()), *self._lines())

    def _lines(self) -> list[float]:
        """Heights that lines reach; a box stands in for them where there are none."""
        places = [middle for places in self.bends.values() for _, middle in places]
        return places or [middle for _, middle in self.stages.values()]


def lay_out_stages(jobs: list[RecordedFile]) -> StageGraph:
    """Boxes and lines of the stage graph, without the lines that longer paths imply.

    Args:
        jobs: one file of each, see `vitrine.report.parts.jobs.result_jobs`.
    """
    counts = Counter(job.start["stage"] for job in jobs)
    edges = stage_edges(jobs)
    shown = sorted(edge for edge in edges if not _is_implied(edge, edges))
    boxes: list[Box] = []
    lines: list[Line] = []
    bottom = float(MARGIN)
    for stages in _connected_parts(list(counts), shown):
        layout = _lay_out_part(stages, [edge for edge in shown if edge[0] in stages])
        shift = bottom - layout.top
        boxes += [
            Box(stage, counts[stage], _left_of(column), middle + shift - HEIGHT / 2)
            for stage, (column, middle) in layout.stages.items()
        ]
        lines += [_route(layout, edge, shift) for edge in layout.bends]
        bottom += layout.bottom - layout.top + ROW_GAP
    return StageGraph(
        width=max((box.x for box in boxes), default=0) + WIDTH + MARGIN,
        height=max(bottom - ROW_GAP, 0.0) + MARGIN,
        boxes=boxes,
        lines=lines,
    )


def _connected_parts(stages: list[str], edges: list[tuple[str, str]]) -> list[list[str]]:
    """The stages of each connected part of the graph, in their order."""
    part_of = {stage: place for place, stage in enumerate(stages)}
    for first, second in edges:
        kept, dropped = sorted((part_of[first], part_of[second]))
        part_of = {stage: kept if part == dropped else part for stage, part in part_of.items()}
    return [
        [stage for stage in stages if part_of[stage] == part]
        for part in sorted({*part_of.values()})
    ]


def _lay_out_part(stages: list[str], edges: list[tuple[str, str]]) -> _Layout:
    """Lay out one connected part; the order of stages and edges decides among equal layouts."""
    vertices = {stage: Vertex(stage) for stage in stages}
    for vertex in vertices.values():
        # The library draws from top to bottom: its width is the height of a box.
        vertex.view = VertexViewer(w=HEIGHT, h=WIDTH)
    part = graph_core(
        list(vertices.values()),
        [Edge(vertices[first], vertices[second]) for first, second in edges],
    )
    layout = SugiyamaLayout(part)
    layout.xspace, layout.yspace = ROW_GAP, COLUMN_GAP
    layout.dw, layout.dh = LINE_ROOM, WIDTH
    layout.init_all(optimize=True)
    layout.draw(len(stages))
    bends = {}
    for edge in part.sE:
        first, second = edge.v
        places = layout.ctrls.get(edge, {})
        bends[first.data, second.data] = [
            (column, float(places[column].view.xy[0]))
            for column in places
            if places[column] not in (first, second)
        ]
    middles = {
        stage: (layout.grx[vertex].rank, float(vertex.view.xy[0]))
        for stage, vertex in vertices.items()
    }
    return _Layout(middles, bends)


def _route(layout: _Layout, edge: tuple[str, str], shift: float) -> Line:
    """The line of an edge through its places in the columns between.

    In a cycle of stages one line leads back; it leaves and enters boxes on their other sides.
    """
    (first_column, first), (last_column, last) = (layout.stages[stage] for stage in edge)
    forward = first_column <= last_column
    start, end = (WIDTH, -ARROW) if forward else (0, WIDTH + ARROW)
    points = [(_left_of(first_column) + start, first + shift)]
    for column, middle in sorted(layout.bends[edge], reverse=not forward):
        sides = (_left_of(column), _left_of(column) + WIDTH)
        points += [(x, middle + shift) for x in (sides if forward else sides[::-1])]
    points.append((_left_of(last_column) + end, last + shift))
    return Line(*edge, tuple(points))


def _left_of(column: int) -> float:
    return column * (WIDTH + COLUMN_GAP) + MARGIN


def _is_implied(edge: tuple[str, str], edges: set[tuple[str, str]]) -> bool:
    """Whether a longer path leads from the first stage to the second."""
    first, second = edge
    seen: set[str] = set()
    todo = [other for start, other in edges if start == first and other != second]
    while todo:
        stage = todo.pop()
        if stage == second:
            return True
        if stage not in seen:
            seen.add(stage)
            todo += [other for start, other in edges if start == stage]
    return False
