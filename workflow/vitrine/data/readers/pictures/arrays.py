"""Reading images and labels from the arrays of an .npz file."""

from pathlib import Path

import numpy as np

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.pictures.changes import Changes
from vitrine.data.readers.pictures.decoding import MOST_VALUES
from vitrine.data.readers.pictures.images import Images
from vitrine.data.readers.pictures.levels import check_variety
from vitrine.data.readers.pictures.shapes import check_shape, resize
from vitrine.data.readers.read import unchanged

_NAMES = ("images", "labels")


def read_arrays(path: Path, size: int | None, patch: int) -> Images:
    """Read ``images`` (numbers or truth values [n, side, side]) and ``labels`` ([n]).

    Args:
        path: the .npz file.
        size: side in pixels to resize to; None for square images.
        patch: side of a patch in pixels, which must divide the image's.

    Returns:
        The values of ``images`` as they are, [n, side * side]; True is 1. Resized, they are
        float32. Labels that are whole numbers are written without a decimal point, whatever their
        dtype.

    Raises:
        BadDataError: the file cannot be read, an array is missing or has another shape or dtype, a
            pixel is not finite, a label is missing, or an image loses its values when resized.
    """
    images, labels, others = _load(path)
    _check(path, images, labels)
    if images.dtype.kind == "b":
        images = images.astype(np.uint8)
    check_shape(lambda what: BadDataError(path, what), images.shape[1:], size, patch)
    names = _label_names(path, labels)
    pixels, resized = images, 0
    if size is not None and images.shape[1:] != (size, size):
        pixels, resized = (
            np.stack([resize(image.astype(np.float32), size) for image in images]),
            len(images),
        )
    for row, (image, used) in enumerate(zip(images, pixels, strict=True), start=1):

        def error(what: str, row: int = row) -> BadDataError:
            return BadDataError(path, what, row=row, column="images")

        check_variety(error, min(len(np.unique(image)), MOST_VALUES), image, used)
    remarks = []
    if others:
        shown = ", ".join(f"`{name}`" for name in others)
        remarks.append(f"Only the arrays images and labels are read, not {shown}.")
    changes = Changes(resized=resized)
    return Images(pixels.reshape(len(pixels), -1), names, changes, remarks=remarks)


def shapes_of(path: Path) -> set[tuple[int, int]]:
    """Width and height of the images of an .npz file; one, since arrays are rectangular.

    Raises:
        BadDataError: as `read_arrays`.
    """
    images, labels, _ = _load(path)
    _check(path, images, labels)
    return {(images.shape[2], images.shape[1])}


def _load(path: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The arrays ``images`` and ``labels``, and the names of the other arrays."""
    name = ""
    try:
        with unchanged(path):
            content = np.load(path, allow_pickle=False)
            if not isinstance(content, np.lib.npyio.NpzFile):
                raise BadDataError(
                    path,
                    "One array only, not an .npz file; save it with np.savez(images=, labels=).",
                )
            with content as arrays:
                for name in _NAMES:
                    if name not in arrays.files:
                        raise _missing(path, name, arrays.files)
                loaded = {name: arrays[name] for name in _NAMES}
                others = [name for name in arrays.files if name not in _NAMES]
    except BadDataError:
        raise
    # Broken archives and arrays raise errors of zipfile, zlib and NumPy, of many kinds.
    except Exception as error:
        if "Object arrays" in str(error):
            raise BadDataError(
                path,
                "An array of Python objects, which is not read since its pickles could run code. "
                "Save images as an array of numbers, and labels with `.astype(str)`.",
            ) from None
        what = (isinstance(error, OSError) and error.strerror) or str(error) or "it is cut off"
        raise BadDataError(path, f"Not an .npz file that can be read: {what}") from None
    return _plain(loaded["images"]), loaded["labels"], others


def _plain(images: np.ndarray) -> np.ndarray:
    """The same numbers in the byte order of the machine and 32 or 64 bits, as tables need them."""
    if images.dtype.kind == "f" and images.dtype.itemsize not in (4, 8):
        return images.astype(np.float32 if images.dtype.itemsize < 4 else np.float64)
    return images.astype(images.dtype.newbyteorder("="))


def _missing(path: Path, name: str, names: list[str]) -> BadDataError:
    shown = ", ".join(f"`{each}`" for each in names) or "no array"
    return BadDataError(
        path,
        f"There is no array `{name}`; the file has {shown}. Save the arrays as `images` "
        "[n, side, side] and `labels` [n].",
    )


def _check(path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    usable = images.ndim == 3 and labels.ndim == 1 and len(images) == len(labels)
    if not usable or images.dtype.kind not in "biuf" or labels.dtype.kind not in "biufUS":
        raise BadDataError(
            path,
            f"images is {images.dtype}{list(images.shape)} and labels {labels.dtype}"
            f"{list(labels.shape)}; wanted are numbers [n, side, side] and numbers or texts [n].",
        )
    if not images.size:
        raise BadDataError(path, f"There are no images: images has the shape {images.shape}.")
    for row in np.flatnonzero(~np.isfinite(images).all(axis=(1, 2))):
        raise BadDataError(path, "Pixels are not finite.", row=int(row) + 1, column="images")


def _label_names(path: Path, labels: np.ndarray) -> list[str]:
    """Labels as text: a whole number without a decimal point, since 1.0 is the class 1."""
    if labels.dtype.kind == "f":
        for row in np.flatnonzero(~np.isfinite(labels)):
            raise BadDataError(path, "The label is missing.", row=int(row) + 1, column="labels")
        if (labels == np.rint(labels)).all() and (np.abs(labels) < 2**53).all():
            labels = labels.astype(np.int64)
    if labels.dtype.kind == "S":
        try:
            labels = np.char.decode(labels, "utf-8")
        except UnicodeDecodeError as error:
            raise BadDataError(
                path, f"Labels are bytes that are not UTF-8: {error}", column="labels"
            ) from None
    return labels.astype(str).tolist()
