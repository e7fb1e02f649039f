"""How methods look and in what order they stand: any number of them, registered or not."""

import re

import numpy as np
import pytest

from vitrine.attribution.registry import METHODS
from vitrine.report import methods
from vitrine.report.page import REPORT
from vitrine.report.parts.charts import MUTED, PALETTE, line_style, line_styles, method_style

REAL = [name for name in METHODS if not methods.is_floor(name)]
# Machado, Oliveira & Fernandes 2009, table 1: what is seen of linear RGB, severity 1.
VISIONS = {
    "all cones": np.eye(3),
    "no L cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no M cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no S cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def read_variables(scheme: str) -> dict[str, str]:
    """The colours of the style sheet in ``light``, ``dark`` or ``print``."""
    blocks = (REPORT / "templates" / "page.css").read_text(encoding="utf-8").split(":root {")[1:]
    block = blocks[("light", "dark", "print").index(scheme)].partition("}")[0]
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", block))


def linear(colour: str) -> np.ndarray:
    digits = colour.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    values = np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB of linear RGB [n, 3]."""
    ratios = np.clip(rgb, 0, 1) @ TO_XYZ.T / WHITE
    f = np.where(ratios > 216 / 24389, np.cbrt(ratios), (24389 / 27 * ratios + 16) / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )


def palette(scheme: str) -> np.ndarray:
    variables = read_variables(scheme)
    return np.array([linear(variables[name.removeprefix("var(").rstrip(")")]) for name in PALETTE])


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
@pytest.mark.parametrize(("vision", "least"), list(zip(VISIONS, (20, 4, 8, 8), strict=True)))
def test_twelve_colours_are_told_apart_with_any_vision(
    scheme: str, vision: str, least: float
) -> None:
    seen = to_lab(palette(scheme) @ np.array(VISIONS[vision]).T)
    distances = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    distances[np.diag_indices(len(seen))] = np.inf
    assert len(seen) == 12
    # One unit is hardly seen. Colour is never alone: dashes and shapes differ as well.
    assert distances.min() > least


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_colours_stand_out_from_the_card(scheme: str) -> None:
    card = linear(read_variables(scheme)["--card"])
    luminances = [float(colour @ TO_XYZ[1]) for colour in [card, *palette(scheme)]]
    for luminance in luminances[1:]:
        high, low = max(luminance, luminances[0]), min(luminance, luminances[0])
        assert (high + 0.05) / (low + 0.05) >= 3


def test_up_to_twelve_lines_differ_in_colour_dashes_and_shape() -> None:
    styles = line_styles(12)
    for part in ("colour", "dash", "shape"):
        assert len({getattr(style, part) for style in styles}) == 12


def test_any_number_of_lines_is_distinct() -> None:
    assert len(set(line_styles(1728))) == 1728


def test_methods_keep_their_style_and_the_floor_is_grey() -> None:
    assert [method_style(name) for name in REAL] == line_styles(len(REAL))
    floor = methods.find_floor(METHODS)
    assert floor is not None
    assert method_style(floor).colour == MUTED
    assert MUTED not in {style.colour for style in line_styles(100)}


def test_methods_stand_in_the_order_of_the_registry_and_unknown_ones_last() -> None:
    assert methods.order_methods(reversed(METHODS)) == list(METHODS)
    assert methods.order_methods(["zeta", "alpha", *METHODS]) == [*METHODS, "alpha", "zeta"]
    unknown = methods.traits_of("zeta")
    assert (unknown.signed, unknown.additive, unknown.is_floor) == (True, False, False)
    assert method_style("zeta") == line_style(len(REAL))


def test_two_methods_are_shown_side_by_side_and_no_floor_among_them() -> None:
    floor = methods.find_floor(METHODS)
    assert methods.first_real_methods(METHODS, 2) == REAL[:2]
    assert methods.first_real_methods([floor, REAL[3]], 2) == [REAL[3]]
    assert methods.first_real_methods([floor], 2) == [floor]


def test_what_a_page_must_know_of_a_method() -> None:
    assert [name for name in METHODS if methods.traits_of(name).additive] == [
        "shap",
        "integrated_gradients",
    ]
    assert not methods.traits_of("rollout").signed
    assert methods.traits_of("rollout").own_units
    assert methods.traits_of("gradient").stepwise
    assert not methods.traits_of("lime").stepwise
