"""Attention maps as a picture: one panel per layer and head, all on one colour scale."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vitrine.files import StrPath, atomic

MOST_LABELS = 24
LONGEST_NAME = 20  # characters
WIDEST = 1100  # pixels, of all panels of a row without gaps
FONT, LARGE = 13, 15  # pixels
GAP = 16
INK, FRAME, PAPER = "#1b2330", "#9aa3ae", "#ffffff"
BAR = (14, 220)  # width and height of the colour bar


def write_heatmap(attention: np.ndarray, names: list[str], path: StrPath) -> None:
    """Draw all layers (rows of panels) and heads (columns of panels) into one PNG.

    Colour follows the square root of the weight, so that weights near 1/T remain visible beside a
    weight of 1. Pillow takes a tenth of the time of a plotting library, and there is one picture
    for every explained instance.

    Args:
        attention: float [layers, heads, T, T]; rows attend, columns are attended to.
        names: the T tokens. Up to 24 are all labelled, if they fit; of more, those that receive the
            most attention and are far enough apart to be legible.
        path: the PNG file.

    Raises:
        ValueError: if the shapes do not fit.
    """
    if attention.ndim != 4 or attention.shape[2:] != (len(names), len(names)):
        raise ValueError(
            f"attention must have the shape (layers, heads, {len(names)}, {len(names)}) for "
            f"{len(names)} names, not {attention.shape}"
        )
    layout = _Layout.of(attention, names)
    picture = Image.new("RGB", layout.picture, PAPER)
    draw = ImageDraw.Draw(picture)
    largest = float(attention.max())
    levels = np.sqrt(attention / max(largest, 1e-12))
    pixels = _colours()[np.rint(255 * levels).astype(np.uint8)]
    for layer in range(layout.layers):
        _draw_layer(picture, draw, layout, pixels[layer], layer)
    for head in range(layout.heads):
        _draw_head_labels(picture, draw, layout, head)
    middle = (layout.left + layout.right - GAP) / 2
    draw.text(
        (middle, layout.bottom + layout.margin), "attended to", INK, _font(LARGE), anchor="md"
    )
    attending = _words("attending", LARGE).rotate(90, expand=True)
    picture.paste(attending, (2, (layout.top + layout.bottom - attending.height) // 2))
    _colour_bar(picture, draw, layout.right + 40, layout.top, largest)
    with atomic(path) as temporary:
        picture.quantize(200, dither=Image.Dither.NONE).save(temporary)


@dataclass(frozen=True)
class _Layout:
    """Where everything is drawn, in pixels.

    Attributes:
        layers, heads: numbers of rows and columns of panels.
        panel: side of a panel.
        labels: drawn names of the labelled tokens.
        centres: their positions within a panel.
        margin: space for the labels on the left and below.
    """

    layers: int
    heads: int
    panel: int
    labels: list[Image.Image]
    centres: list[float]
    margin: int

    @classmethod
    def of(cls, attention: np.ndarray, names: list[str]) -> "_Layout":
        layers, heads, size, _ = attention.shape
        panel = int(np.clip(WIDEST / max(heads, layers), 90, min(330, 40 * size + 60)))
        labelled = _labelled(attention, most=min(MOST_LABELS, panel // (FONT + 1)))
        labels = [_label(names[token]) for token in labelled]
        margin = LARGE + 14 + max((label.width for label in labels), default=0)
        centres = [(token + 0.5) * panel / size for token in labelled]
        return cls(layers, heads, panel, labels, centres, margin)

    @property
    def left(self) -> int:
        return self.margin

    @property
    def top(self) -> int:
        return LARGE + 12

    @property
    def right(self) -> int:
        return self.left + self.heads * (self.panel + GAP)

    @property
    def bottom(self) -> int:
        return self.top + self.layers * (self.panel + GAP) - GAP

    @property
    def picture(self) -> tuple[int, int]:
        """Width and height of the picture."""
        height = max(self.bottom, self.top + BAR[1] + 60) + self.margin + 4
        return self.right + 115, height

    def corner(self, layer: int, head: int) -> tuple[int, int]:
        """The upper left corner of a panel."""
        step = self.panel + GAP
        return self.left + head * step, self.top + layer * step


def _draw_layer(
    picture: Image.Image,
    draw: ImageDraw.ImageDraw,
    layout: _Layout,
    pixels: np.ndarray,
    layer: int,
) -> None:
    """A row of panels, from colours uint8 [heads, T, T, 3], and its labels."""
    panel, size = layout.panel, pixels.shape[1]
    enlarged = size <= panel
    for head in range(layout.heads):
        x, y = layout.corner(layer, head)
        drawn = Image.fromarray(pixels[head]).resize(
            (panel, panel), Image.Resampling.NEAREST if enlarged else Image.Resampling.BOX
        )
        picture.paste(drawn, (x, y))
        draw.rectangle((x - 1, y - 1, x + panel, y + panel), outline=FRAME)
    _, y = layout.corner(layer, 0)
    for label, centre in zip(layout.labels, layout.centres, strict=True):
        place = (layout.left - 5 - label.width, round(y + centre - label.height / 2))
        picture.paste(label, place)
    turned = _words(f"layer {layer + 1}", LARGE).rotate(270, expand=True)
    picture.paste(turned, (layout.right - GAP + 5, y + (panel - turned.height) // 2))


def _draw_head_labels(
    picture: Image.Image, draw: ImageDraw.ImageDraw, layout: _Layout, head: int
) -> None:
    """The title above a column of panels and the names of tokens below it."""
    x, _ = layout.corner(0, head)
    draw.text((x + layout.panel / 2, 4), f"head {head + 1}", INK, _font(LARGE), anchor="ma")
    for label, centre in zip(layout.labels, layout.centres, strict=True):
        turned = label.rotate(90, expand=True)
        picture.paste(turned, (round(x + centre - turned.width / 2), layout.bottom + 5))


def _colour_bar(
    picture: Image.Image, draw: ImageDraw.ImageDraw, left: int, top: int, largest: float
) -> None:
    width, height = BAR
    draw.text((left, top), "weight", INK, _font(FONT))
    top += 24
    ramp = _colours()[np.linspace(255, 0, height).astype(np.uint8)]
    picture.paste(Image.fromarray(np.repeat(ramp[:, None], width, axis=1)), (left, top))
    draw.rectangle((left - 1, top - 1, left + width, top + height), outline=FRAME)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = top + height * (1 - share)
        value = f"{largest * share**2:.2g}"
        draw.text((left + width + 6, y), value, INK, _font(FONT), anchor="lm")


@cache
def _colours() -> np.ndarray:
    """256 blues from white to dark, uint8 [256, 3]."""
    return matplotlib.colormaps["Blues"](np.arange(256), bytes=True)[:, :3]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(path, size)


def _words(text: str, size: int) -> Image.Image:
    font = _font(size)
    image = Image.new("RGB", (int(np.ceil(font.getlength(text))) + 1, size + 4), PAPER)
    ImageDraw.Draw(image).text((0, image.height / 2), text, INK, font, anchor="lm")
    return image


def _label(name: str) -> Image.Image:
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
    # Rows of labels stand as close as their letters allow: the image is no higher than the font.
    image = _words(short, FONT)
    return image.crop((0, 1, image.width, image.height - 1))


def _labelled(attention: np.ndarray, most: int) -> list[int]:
    """Tokens that get a label: all if they fit, else the most attended that do not collide."""
    size = attention.shape[-1]
    if size <= most:
        return list(range(size))
    apart = size / most
    chosen: list[int] = []
    for token in np.argsort(-attention.mean(axis=(0, 1, 2)), kind="stable"):
        if all(abs(int(token) - other) >= apart for other in chosen):
            chosen.append(int(token))
    return sorted(chosen)
