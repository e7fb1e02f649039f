"""The stage graph of the provenance page."""

from types import SimpleNamespace

from vitrine.report.pages.provenance import edges, graph, layered


def made(stage: str, inputs: list[str], outputs: list[str]) -> SimpleNamespace:
    return SimpleNamespace(start={"stage": stage, "inputs": inputs, "outputs": outputs})


RUNS = [
    made("prepare", [], ["train"]),
    made("train", ["train"], ["model0"]),
    made("train", ["train"], ["model1"]),
    made("evaluate", ["train", "model0"], ["evaluation"]),
]


def test_arrows_lead_from_what_was_written_to_what_reads_it() -> None:
    pairs = edges(RUNS)
    assert pairs == {("prepare", "train"), ("prepare", "evaluate"), ("train", "evaluate")}
    assert layered(pairs, ["prepare", "train", "evaluate"]) == {
        "prepare": 0, "train": 1, "evaluate": 2,
    }  # fmt: skip


def test_boxes_do_not_overlap_and_implied_arrows_are_left_out() -> None:
    drawn = graph(RUNS)
    assert {one["stage"]: one["jobs"] for one in drawn["boxes"]} == {
        "prepare": 1, "train": 2, "evaluate": 1,
    }  # fmt: skip
    width, height = drawn["box"]
    places = [(one["x"], one["y"]) for one in drawn["boxes"]]
    for i, (x, y) in enumerate(places):
        assert x + width <= drawn["width"]
        assert y + height <= drawn["height"]
        assert all(abs(x - u) >= width or abs(y - v) >= height for u, v in places[:i])
    assert len(drawn["lines"]) == 2
