"""Reading image files, from class folders or a column of a table, as one set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.chunks import chunks
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.pictures.changes import Change, Changes
from vitrine.data.readers.pictures.decoding import NOISE, Decoded, decode
from vitrine.data.readers.pictures.folder import list_images
from vitrine.data.readers.pictures.images import Images
from vitrine.data.readers.pictures.levels import (
    check_range,
    check_variety,
    float_factor,
    levels_of,
)
from vitrine.data.readers.pictures.shapes import check_alike, check_shape, resize
from vitrine.data.readers.pictures.source import ImageSource


def read_folder(folder: Path, size: int | None, patch: int) -> Images:
    """Read images whose folders name their classes.

    Args:
        folder: with a folder per class.
        size: side in pixels to resize to; None for images that are square and of one size.
        patch: side of a patch in pixels, which must divide the image's.

    Returns:
        Grey levels 0 to 255, int64 [n, side * side], with the n class names and what was left out.

    Raises:
        BadDataError: there are none, one cannot be read or loses its values, or they do not have
            that shape.
    """
    listing = list_images(folder)
    pixels, changes = _read([ImageSource(path, path) for path in listing.paths], size, patch)
    labels = [path.parent.name for path in listing.paths]
    return Images(pixels, labels, changes, listing.left_out, listing.remarks())


def read_encoded(place: object, images: pd.Series, size: int | None, patch: int) -> Images:
    """Read a column of images as datasets on the Hub have them.

    Args:
        place: what errors name; the index of ``images`` plus 1 is its row.
        images: n image files: their bytes, or mappings that have them under ``bytes``.
        size: as for `read_folder`.
        patch: as for `read_folder`.

    Returns:
        Grey levels 0 to 255, int64 [n, side * side], without class names.

    Raises:
        BadDataError: one is missing, or as `read_folder`.
    """
    pixels, changes = _read(sources_of_column(place, images), size, patch)
    return Images(pixels, [], changes)


def sources_of_column(place: object, images: pd.Series) -> list[ImageSource]:
    """The images of a column; see `read_encoded`.

    Raises:
        BadDataError: one is missing, or there are none.
    """
    column = str(images.name)
    sources = []
    for index, cell in images.items():
        content = cell.get("bytes") if isinstance(cell, dict) else cell
        if not isinstance(content, bytes):
            raise BadDataError(
                place,
                "Not an image that can be read: there are no bytes of a file.",
                row=int(str(index)) + 1,
                column=column,
            )
        sources.append(ImageSource(content, place, int(str(index)) + 1, column))
    if not sources:
        raise BadDataError(place, "There are no images.", column=column)
    return sources


def _read(
    sources: Sequence[ImageSource], size: int | None, patch: int
) -> tuple[np.ndarray, Changes]:
    """Grey levels, int64 [n, side * side], of n images, and what was done to them."""
    images = _ImageSet(list(sources), size)
    expected: tuple[int, ...] = ()
    ranges: dict[int, tuple[float, float]] = {}
    for rows in chunks(len(sources), "reading images"):
        for place in range(rows.start, rows.stop):
            source = sources[place]
            decoded = decode(source)
            if not place:
                expected = decoded.grey.shape
                check_shape(source.error, expected, size, patch)
            if size is None:
                check_alike(source.error, decoded.grey.shape, expected, sources[0].name)
            if decoded.depth == "float":
                ranges[place] = (float(decoded.grey.min()), float(decoded.grey.max()))
            else:
                images.add(place, decoded, 1)
    if ranges:
        # The whole set decides how its numbers are scaled; until then only their range is kept.
        factor = float_factor(ranges, images.sources)
        for place in ranges:
            images.add(place, decode(sources[place]), factor)
    images.check_ranges()
    changes = Changes.of_images(images.changes.values())
    stacked = np.stack([images.pixels[place] for place in range(len(sources))])
    return stacked.astype(np.int64).reshape(len(sources), -1), changes


class _ImageSet:
    """The images of a set that have their grey levels already.

    Attributes:
        sources: of all images.
        pixels: by place in the set, uint8 [side, side].
        changes: by place in the set.
    """

    def __init__(self, sources: list[ImageSource], size: int | None) -> None:
        self.sources = sources
        self.pixels: dict[int, np.ndarray] = {}
        self.changes: dict[int, frozenset[Change]] = {}
        self._size = size
        # By depth: the first image, the brightest level, whether a value was rounded.
        self._seen: dict[str, tuple[int, int, bool]] = {}

    def add(self, place: int, decoded: Decoded, factor: int) -> None:
        """Add an image; ``factor`` is that of floating-point images."""
        source = self.sources[place]
        levels, rounded = levels_of(decoded, factor)
        changes = set(decoded.changes)
        if decoded.depth == "16 bit":
            changes.add("scaled_from_16_bit")
        if decoded.depth == "float" and factor != 1:
            changes.add("scaled_from_float")
        pixels = levels
        if self._size is not None and levels.shape != (self._size, self._size):
            changes.add("resized")
            pixels = resize(levels, self._size)
        check_variety(source.error, decoded.values, levels, pixels, NOISE)
        first, brightest, lossy = self._seen.get(decoded.depth, (place, 0, False))
        brightest = max(brightest, int(levels.max()))
        self._seen[decoded.depth] = (first, brightest, lossy or rounded)
        self.pixels[place] = pixels
        self.changes[place] = frozenset(changes)

    def check_ranges(self) -> None:
        """Stop if rounding made a few grey levels of the values of the whole set."""
        for first, brightest, rounded in self._seen.values():
            if rounded:
                check_range(self.sources[first], brightest)
