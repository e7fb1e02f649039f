"""A proposal for images: the size to which they are resized, and their patches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.readers.pictures.arrays import read_arrays, shapes_of
from vitrine.data.readers.pictures.folder import list_images
from vitrine.data.readers.pictures.images import Images
from vitrine.data.readers.pictures.opening import shape_of
from vitrine.data.readers.pictures.reading import read_encoded, read_folder, sources_of_column
from vitrine.data.readers.pictures.shapes import LARGEST_SIDE
from vitrine.data.readers.pictures.source import ImageSource

# 4 x 4 to 8 x 8 patches: few enough for readable explanations and short runs.
_FEWEST_PER_SIDE, _MOST_PER_SIDE = 4, 8
# For images that cannot keep their size.
_USUAL_SIDE = 32


@dataclass(frozen=True)
class ImageProposal:
    """What suits images, as they are read with it.

    Attributes:
        settings: the keys ``patch`` and, if images are to be resized, ``size`` of ``data``.
        labels: the class names; empty where a column of a table has them.
        findings: facts and warnings, a sentence each.
    """

    settings: dict[str, Any]
    labels: list[str]
    findings: list[str]


@dataclass(frozen=True)
class _Geometry:
    """The side of an image and of a patch in pixels, and why images are resized, if they are."""

    side: int
    patch: int
    reason: str | None = None


def propose_for_files(path: Path) -> ImageProposal:
    """Propose for a folder with a folder per class, or for an .npz file.

    Raises:
        BadDataError: the images cannot be read; the same as in a run.
    """
    if path.is_dir():
        shapes = {shape_of(ImageSource(file, file)) for file in list_images(path).paths}
    else:
        shapes = shapes_of(path)
    geometry = _geometry(shapes)
    read_images = read_folder if path.is_dir() else read_arrays
    images = read_images(path, _size(geometry), geometry.patch)
    return _proposal(images, shapes, geometry)


def propose_for_column(place: object, images: pd.Series) -> ImageProposal:
    """Propose for a column of image files; see `read_encoded`.

    Raises:
        BadDataError: an image cannot be read; the same as in a run.
    """
    shapes = {shape_of(source) for source in sources_of_column(place, images)}
    geometry = _geometry(shapes)
    read = read_encoded(place, images, _size(geometry), geometry.patch)
    return _proposal(read, shapes, geometry)


def _geometry(shapes: Iterable[tuple[int, int]]) -> _Geometry:
    """Side and patch for images of these widths and heights."""
    shapes = set(shapes)
    usual = _USUAL_SIDE, _USUAL_SIDE // _FEWEST_PER_SIDE
    if len(shapes) > 1:
        return _Geometry(*usual, "images must be of one size")
    (width, height) = next(iter(shapes))
    if width != height:
        return _Geometry(*usual, "images must be square")
    if width > LARGEST_SIDE:
        return _Geometry(*usual, f"sides of more than {LARGEST_SIDE} pixels are not used")
    side = _divisible_side(width)
    patch = side // _patches_per_side(side)
    if side == width:
        return _Geometry(side, patch)
    least, most = _FEWEST_PER_SIDE**2, _MOST_PER_SIDE**2
    return _Geometry(side, patch, f"no patches divide a side of {width} into {least} to {most}")


def _divisible_side(side: int) -> int:
    """The nearest side that divides well, the side itself or a smaller one if there is any."""
    smaller = range(side, _FEWEST_PER_SIDE - 1, -1)
    return next((each for each in smaller if _patches_per_side(each)), _FEWEST_PER_SIDE)


def _patches_per_side(side: int) -> int:
    """The smallest suitable number of patches along a side; 0 if there is none."""
    numbers = range(_FEWEST_PER_SIDE, _MOST_PER_SIDE + 1)
    return next((number for number in numbers if side % number == 0), 0)


def _size(geometry: _Geometry) -> int | None:
    return None if geometry.reason is None else geometry.side


def _proposal(images: Images, shapes: set[tuple[int, int]], geometry: _Geometry) -> ImageProposal:
    settings = {"patch": geometry.patch}
    if geometry.reason is not None:
        settings["size"] = geometry.side
    return ImageProposal(settings, images.labels, [*_findings(images, shapes, geometry)])


def _findings(images: Images, shapes: set[tuple[int, int]], geometry: _Geometry) -> Iterator[str]:
    number = f"{len(images.pixels):,} images"
    if len(shapes) == 1:
        yield f"{number} of {_pixels(*next(iter(shapes)))} pixels."
    else:
        smallest, largest = (f(shapes, key=lambda s: s[0] * s[1]) for f in (min, max))
        yield (
            f"{number} of {len(shapes)} sizes, from {_pixels(*smallest)} to {_pixels(*largest)} "
            "pixels."
        )
    if geometry.reason is not None:
        side = _pixels(geometry.side, geometry.side)
        yield f"They are resized to {side} pixels, because {geometry.reason}."
    patch = _pixels(geometry.patch, geometry.patch)
    yield f"{(geometry.side // geometry.patch) ** 2} patches of {patch} pixels."
    yield from images.facts()
    for sentence in images.warnings():
        yield f"Warning: {sentence}"


def _pixels(width: int, height: int) -> str:
    return f"{width}x{height}"
