"""What shape images must have, and how they are resized."""

from collections.abc import Callable

import numpy as np

from vitrine.data.readers.bad import BadDataError

LARGEST_SIDE = 64


def check_shape(
    error: Callable[[str], BadDataError], shape: tuple[int, ...], size: int | None, patch: int
) -> None:
    """Check that an image, resized if a size is stated, can be divided into patches.

    Args:
        error: makes the error from what is wrong.
        shape: height and width in pixels.
        size: side in pixels to which images are resized; None if they are not.
        patch: side of a patch in pixels.

    Raises:
        BadDataError: the image is not square, too large, or patches do not divide it.
    """
    height, width = (size, size) if size is not None else shape
    if height != width or height > LARGEST_SIDE:
        raise error(
            f"{width}x{height} pixels; images must be square, with sides up to {LARGEST_SIDE}. "
            "Scale them with `data: {size: ...}`.",
        )
    if not height:
        raise error("The image has no pixels.")
    if height % patch:
        raise error(f"Patches of {patch} pixels (data: patch) do not divide a side of {height}.")


def check_alike(
    error: Callable[[str], BadDataError],
    shape: tuple[int, ...],
    expected: tuple[int, ...],
    first: str,
) -> None:
    """Check that an image has the shape of the first one, which messages call ``first``.

    Raises:
        BadDataError: it has another.
    """
    if shape != expected:
        pixels, wanted = ("x".join(map(str, each[::-1])) for each in (shape, expected))
        raise error(
            f"{pixels} pixels, but {first} has {wanted}. Scale all alike with "
            "`data: {size: ...}`."
        )


def resize(image: np.ndarray, size: int) -> np.ndarray:
    """Resize an image, uint8 or float32 [height, width], to a square of the same dtype."""
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.LANCZOS))
