"""From the values of image files to grey levels 0 to 255, and checks that nothing got lost."""

from collections.abc import Callable, Mapping

import numpy as np

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.pictures.decoding import MOST_VALUES, STEP_16_BIT, Decoded
from vitrine.data.readers.pictures.source import ImageSource

WHITE = 255
# Of the values that a file has, at least this share must be told apart after reading.
_LEAST_SHARE = 1 / 8
_RESCALE = (
    "Rescale the values of all files so that they use the whole range: 0 to 255 with 8 bits, 0 to "
    "65535 with 16 bits, 0 to 1 as floating-point numbers."
)


def float_factor(ranges: Mapping[int, tuple[float, float]], sources: list[ImageSource]) -> int:
    """What the floating-point images of a set are multiplied by to get grey levels.

    Args:
        ranges: least and largest value of each floating-point image, by its place in ``sources``.
        sources: all images.

    Returns:
        255 if all values lie in 0 to 1, otherwise 1.

    Raises:
        BadDataError: a value lies outside of 0 to 255.
    """
    for place, (least, largest) in ranges.items():
        if least < 0 or largest > WHITE:
            raise sources[place].error(
                f"Numbers from {least:g} to {largest:g}; the numbers of all floating-point images "
                "must lie in 0 to 1, or in 0 to 255. Rescale all files alike."
            )
    return WHITE if max(largest for _, largest in ranges.values()) <= 1 else 1


def levels_of(decoded: Decoded, factor: int) -> tuple[np.ndarray, bool]:
    """Grey levels of a decoded image.

    Args:
        decoded: the image.
        factor: for floating-point images, by `float_factor`.

    Returns:
        uint8 [height, width], and whether values were rounded.
    """
    if decoded.depth == "8 bit":
        return decoded.grey, False
    divisor = STEP_16_BIT if decoded.depth == "16 bit" else 1 / factor
    exact = decoded.grey.astype(np.float64) / divisor
    levels = np.rint(exact)
    return levels.astype(np.uint8), decoded.reduced or not np.allclose(
        levels, exact, rtol=0, atol=1e-4
    )


def check_variety(
    error: Callable[[str], BadDataError],
    values: int,
    levels: np.ndarray,
    pixels: np.ndarray,
    noise: int = 0,
) -> None:
    """Stop if what told the pixels of an image apart got lost while it was read.

    Every image that is read passes this check, whatever it is read from.

    Args:
        error: makes the error from what is wrong.
        values: how many different values the data have; `MOST_VALUES` stands for more as well.
        levels: the image's grey values before it is resized.
        pixels: the image as it is used.
        noise: resizing may make one of levels that differ by no more than this.

    Raises:
        BadDataError: there were several values and one is left, or fewer than an eighth are.
    """
    if values < 2:
        return
    several = f"{values} or more" if values == MOST_VALUES else f"{values}"
    count = len(np.unique(levels))
    if count == 1:
        raise error(
            f"The file has {several} different values, but read as grey levels all its pixels are "
            f"{int(levels.flat[0])}. {_RESCALE} If only colour or transparency tells its pixels "
            "apart, save it as a grey image."
        )
    if count < _LEAST_SHARE * min(values, MOST_VALUES):
        raise error(
            f"The file has {several} different values, but read as grey levels {count}. {_RESCALE}"
        )
    if pixels.min() == pixels.max() and np.ptp(levels.astype(np.float64)) > noise:
        raise error(
            f"Resized to {pixels.shape[1]}x{pixels.shape[0]} pixels, all its pixels are "
            f"{pixels.flat[0]:g}, although it has {several} different values. State a larger "
            "`data: {size: ...}`, or leave the image out."
        )


def check_range(source: ImageSource, brightest: int) -> None:
    """Stop if images with rounded values use less than an eighth of the range together.

    Images with 12 bits in files with 16 bits are such. One small image alone may have too few
    pixels for `check_variety` to notice.

    Args:
        source: the first of the images.
        brightest: the brightest grey level of all of them.

    Raises:
        BadDataError: they do.
    """
    if brightest + 1 < _LEAST_SHARE * (WHITE + 1):
        raise source.error(
            f"The brightest pixel of this and all images of its kind is grey level {brightest} of "
            f"{WHITE}, so that different values become one. {_RESCALE}"
        )
