"""Attention maps as a picture: one panel per layer and head, all on one colour scale."""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vitrine.files import StrPath, atomic

MOST_LABELS = 24
LONGEST_NAME = 20  # characters
WIDEST = 1100  # pixels that the panels of a row take together, gaps excepted
FONT, LARGE = 13, 15  # pixels
GAP = 16
INK, FRAME, PAPER = "#1b2330", "#9aa3ae", "#ffffff"
BAR = (14, 220)  # width and height of the colour bar


def write_heatmap(attention: np.ndarray, names: list[str], path: StrPath) -> None:
    """Draw all layers (rows of panels) and heads (columns of panels) into one PNG.

    Colour follows the square root of the weight, so that weights near 1/T remain visible beside a
    weight of 1. The picture is drawn pixel by pixel with Pillow, which takes a tenth of the time
    of a plotting library: there is one for every explained instance.

    Args:
        attention: float [layers, heads, T, T]; rows attend, columns are attended to.
        names: the T tokens. Up to 24 are all named, if they fit; of more, those that receive the
            most attention and stand far enough apart to be read.
        path: the PNG file.

    Raises:
        ValueError: if the shapes do not fit.
    """
    if attention.ndim != 4 or attention.shape[2:] != (len(names), len(names)):
        raise ValueError(
            f"attention must have the shape (layers, heads, {len(names)}, {len(names)}) for "
            f"{len(names)} names, not {attention.shape}"
        )
    layers, heads, size, _ = attention.shape
    panel = int(np.clip(WIDEST / max(heads, layers), 90, min(330, 40 * size + 60)))
    labelled = _labelled(attention, most=min(MOST_LABELS, panel // (FONT + 1)))
    labels = [_label(names[token]) for token in labelled]
    margin = LARGE + 14 + max((label.width for label in labels), default=0)
    left, top = margin, LARGE + 12
    right = left + heads * (panel + GAP)
    bottom = top + layers * (panel + GAP) - GAP
    height = max(bottom, top + BAR[1] + 60) + margin + 4
    picture = Image.new("RGB", (right + 115, height), PAPER)
    draw = ImageDraw.Draw(picture)

    largest = float(attention.max())
    levels = np.sqrt(attention / max(largest, 1e-12))
    pixels = _colours()[np.rint(255 * levels).astype(np.uint8)]
    centres = [(token + 0.5) * panel / size for token in labelled]
    for layer in range(layers):
        y = top + layer * (panel + GAP)
        for head in range(heads):
            x = left + head * (panel + GAP)
            drawn = Image.fromarray(pixels[layer, head]).resize(
                (panel, panel),
                Image.Resampling.NEAREST if size <= panel else Image.Resampling.BOX,
            )
            picture.paste(drawn, (x, y))
            draw.rectangle((x - 1, y - 1, x + panel, y + panel), outline=FRAME)
        for label, centre in zip(labels, centres, strict=True):
            picture.paste(label, (left - 5 - label.width, round(y + centre - label.height / 2)))
        turned = _words(f"layer {layer + 1}", LARGE).rotate(270, expand=True)
        picture.paste(turned, (right - GAP + 5, y + (panel - turned.height) // 2))
    for head in range(heads):
        x = left + head * (panel + GAP)
        draw.text((x + panel / 2, 4), f"head {head + 1}", INK, _font(LARGE), anchor="ma")
        for label, centre in zip(labels, centres, strict=True):
            turned = label.rotate(90, expand=True)
            picture.paste(turned, (round(x + centre - turned.width / 2), bottom + 5))
    middle = (left + right - GAP) / 2
    draw.text((middle, bottom + margin), "attended to", INK, _font(LARGE), anchor="md")
    attending = _words("attending", LARGE).rotate(90, expand=True)
    picture.paste(attending, (2, (top + bottom - attending.height) // 2))
    _colour_bar(picture, draw, right + 40, top, largest)
    with atomic(path) as temporary:
        picture.quantize(200, dither=Image.Dither.NONE).save(temporary)


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
