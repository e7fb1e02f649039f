"""Decoding one image file to grey values, whatever mode Pillow holds it in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from vitrine.data.readers.pictures.changes import Change
from vitrine.data.readers.pictures.opening import opened
from vitrine.data.readers.pictures.source import ImageSource

if TYPE_CHECKING:
    from PIL import Image

MOST_VALUES = 256
"""Different values of an image are counted up to this number."""
_WHITE_16_BIT = 65535
STEP_16_BIT = 257
"""From 8 bits to 16: 255 becomes 65535."""
NOISE = 8
"""By how many levels of 255 lossy formats may blur what had one value."""
_ORIENTATION = 0x0112
# A tag of TIFF files; 0 says that 0 is white. Pillow heeds it with up to eight bits only.
_PHOTOMETRIC = 262
_TURNED = range(2, 9)

Depth = Literal["8 bit", "16 bit", "float"]


@dataclass(frozen=True)
class Decoded:
    """An image as its file has it, upright, on white and without colour.

    Attributes:
        grey: [height, width]; uint8 of depth "8 bit", int32 from 0 to 65535 of "16 bit", float32
            of "float", finite, in the file's own range.
        depth: how grey values are stored.
        reduced: whether the file has more than the eight bits per channel that Pillow keeps.
        values: how many different values the file has, counted up to `MOST_VALUES`; of colours,
            the channel with most of them. All transparent pixels are one value.
        changes: what was done to the image.
    """

    grey: np.ndarray
    depth: Depth
    reduced: bool
    values: int
    changes: frozenset[Change]


def decode(source: ImageSource) -> Decoded:
    """Decode an image; of a file with several frames or pages the first.

    Raises:
        BadDataError: as `opened`; integers are outside of 0 to 65535; a value is not finite.
    """
    from PIL import ImageOps

    changes: set[Change] = set()
    with opened(source) as image:
        if getattr(image, "n_frames", 1) > 1:
            changes.add("first_frame")
        deep_colour = _is_deep_colour(image)
        orientation = _orientation(image)
        white_is_zero = getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == 0
        image.load()
        if orientation in _TURNED:
            changes.add("turned")
            image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I") or image.mode == "F":
            decoded = _decode_numbers(source, image, changes)
            return _inverted(source, decoded) if white_is_zero else decoded
        if deep_colour:
            _shorten_transparency(image)
        grey, values = _decode_bytes(image, changes)
    if not deep_colour:
        return Decoded(grey, "8 bit", False, values, frozenset(changes))
    scaled = grey.astype(np.int32) * STEP_16_BIT
    return Decoded(scaled, "16 bit", True, values, frozenset(changes))


def _is_deep_colour(image: "Image.Image") -> bool:
    """Whether a file has 16 bits per channel, of which Pillow keeps eight."""
    if image.mode.startswith("I") or image.mode == "F":
        return False
    for tile in getattr(image, "tile", ()):
        names = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if any(isinstance(name, str) and ";16" in name for name in names):
            return True
    return False


def _orientation(image: "Image.Image") -> int:
    """The orientation by EXIF, 1 to 8; 1 where there is none, or none that can be read."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # As viewers, for which such an image is upright; Pillow raises many kinds.
        return 1


def _decode_numbers(source: ImageSource, image: "Image.Image", changes: set[Change]) -> Decoded:
    """Decode the modes I;16 of all byte orders, I and F."""
    raw = np.asarray(image)
    transparent = image.info.get("transparency")
    if image.mode == "F":
        if not np.isfinite(raw).all():
            raise source.error("Pixels are not finite.")
        return Decoded(raw, "float", False, _count(raw), frozenset(changes))
    if raw.size and (raw.min() < 0 or raw.max() > _WHITE_16_BIT):
        raise source.error(
            f"Integers from {raw.min():,} to {raw.max():,}; only those from 0 to "
            f"{_WHITE_16_BIT:,} have a meaning as grey. Save it with 8 or 16 bits."
        )
    values = _count(raw)
    grey = raw.astype(np.int32)
    if isinstance(transparent, int) and (grey == transparent).any():
        changes.add("laid_on_white")
        grey[grey == transparent] = _WHITE_16_BIT
    return Decoded(grey, "16 bit", False, values, frozenset(changes))


def _inverted(source: ImageSource, decoded: Decoded) -> Decoded:
    if decoded.depth == "float":
        raise source.error("White is 0 in this file of floating-point numbers; save it otherwise.")
    return replace(decoded, grey=_WHITE_16_BIT - decoded.grey)


def _count(raw: np.ndarray) -> int:
    return min(len(np.unique(raw)), MOST_VALUES)


def _shorten_transparency(image: "Image.Image") -> None:
    """A transparent colour is stated with as many bits as the file has; Pillow keeps eight."""
    colour: Any = image.info.get("transparency")
    if isinstance(colour, tuple):
        image.info["transparency"] = tuple(channel >> 8 for channel in colour)


def _decode_bytes(image: "Image.Image", changes: set[Change]) -> tuple[np.ndarray, int]:
    """Decode the modes with eight bits or one: grey values, and the number of values."""
    if image.mode == "La":
        image = image.convert("LA")
    elif image.mode == "LAB":
        image = _from_lab(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        # With colours multiplied by their alpha, what is transparent is one value.
        *colours, alpha = image.convert("RGBa").split()
        values = max(_count_in_channels(colours), _count_levels(alpha))
        image = _on_white(image, changes)
    elif image.mode not in ("1", "L"):
        values = _count_in_channels(image.convert("RGB").split())
    else:
        values = _count_levels(image)
    if image.mode not in ("1", "L"):
        red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")), -1, 0)
        if not (np.array_equal(red, green) and np.array_equal(green, blue)):
            changes.add("colour_to_grey")
    return np.asarray(image.convert("L")), values


def _count_in_channels(channels: "Sequence[Image.Image]") -> int:
    """Different values in the channel of a colour image that has most of them.

    Not the number of colours: the noise of a JPEG file makes hundreds of them in a patch of sky,
    and converting them to a few grey levels loses nothing. For the same reason channels of nearly
    one value count as one.
    """
    used = [np.flatnonzero(channel.histogram()) for channel in channels]
    if all(values[-1] - values[0] <= NOISE for values in used):
        return 1
    return max(len(values) for values in used)


def _count_levels(channel: "Image.Image") -> int:
    return int(np.count_nonzero(channel.histogram()))


def _on_white(image: "Image.Image", changes: set[Change]) -> "Image.Image":
    from PIL import Image

    if image.getextrema()[-1] == (255, 255):
        return image.convert("RGB")
    changes.add("laid_on_white")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _from_lab(image: "Image.Image") -> "Image.Image":
    from PIL import ImageCms

    lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, rgb, outputMode="RGB")
    assert converted is not None  # None only where the image itself is changed.
    return converted
