"""Images of a user: a folder with a folder per class, arrays in an .npz file, or a column."""

from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.read import unchanged

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
LARGEST = 64


def files_of(folder: Path) -> list[Path]:
    """The images below a folder, in order."""
    return sorted(path for path in folder.glob("*/*") if path.suffix.lower() in SUFFIXES)


def read_folder(folder: Path, size: int | None, patch: int) -> tuple[np.ndarray, list[str]]:
    """Read images whose folders name their classes.

    Args:
        folder: with a folder per class.
        size: side in pixels to scale to; None for images that are square and of one size.
        patch: side of a patch in pixels, which must divide the image's.

    Returns:
        Grey levels 0 to 255, int64 [n, side * side], row by row, and the n class names.

    Raises:
        BadDataError: there are none, one cannot be read, or they do not have that shape.
    """
    paths = files_of(folder)
    if not paths:
        raise BadDataError(
            folder, f"There are no images ({', '.join(SUFFIXES)}) in folders named as classes."
        )
    rows: list[np.ndarray] = []
    for path in paths:
        with unchanged(path):
            try:
                rows.append(_grey(path, size))
            except (OSError, ValueError) as error:
                raise BadDataError(path, f"Not an image that can be read: {error}") from None
        if rows[-1].shape != rows[0].shape:
            raise BadDataError(path, _unlike(rows, str(paths[0])))
        if len(rows) == 1:
            _check_shape(path, rows[0].shape, patch)
    return np.stack(rows).reshape(len(rows), -1), [path.parent.name for path in paths]


def read_encoded(place: object, images: pd.Series, size: int | None, patch: int) -> np.ndarray:
    """Read a column of images as datasets on the Hub have them.

    Args:
        place: what errors name, which count its rows from 1.
        images: n image files: their bytes, or mappings that have them under ``bytes``.
        size: as for `read_folder`.
        patch: as for `read_folder`.

    Returns:
        Grey levels 0 to 255, int64 [n, side * side], row by row.

    Raises:
        BadDataError: one is missing or cannot be read, or they do not have that shape.
    """
    rows: list[np.ndarray] = []
    for row, cell in enumerate(images, start=1):
        content = cell.get("bytes") if isinstance(cell, dict) else cell
        try:
            if not isinstance(content, bytes):
                raise ValueError("there are no bytes of a file")
            rows.append(_grey(BytesIO(content), size))
        except (OSError, ValueError) as error:
            raise BadDataError(
                place,
                f"Not an image that can be read: {error}",
                row=row,
                column=str(images.name),
            ) from None
        if rows[-1].shape != rows[0].shape:
            problem = _unlike(rows, "the first image")
            raise BadDataError(place, problem, row=row, column=str(images.name))
        if len(rows) == 1:
            _check_shape(place, rows[0].shape, patch)
    return np.stack(rows).reshape(len(rows), -1)


def _grey(file: Path | IO[bytes], size: int | None) -> np.ndarray:
    """Grey levels 0 to 255, int64 [height, width], scaled to a side if one is stated."""
    from PIL import Image

    with Image.open(file) as image:
        grey = image.convert("L")
        if size is not None:
            grey = grey.resize((size, size), Image.Resampling.LANCZOS)
        return np.asarray(grey, dtype=np.int64)


def _unlike(rows: list[np.ndarray], first: str) -> str:
    last, expected = ("x".join(map(str, rows[place].shape[::-1])) for place in (-1, 0))
    return f"{last} pixels, but {first} has {expected}. Scale all alike with `data: {{size: ...}}`."


def read_arrays(path: Path, size: int | None, patch: int) -> tuple[np.ndarray, list[str]]:
    """Read ``images`` (numbers [n, side, side]) and ``labels`` ([n]) of an .npz file.

    Args, results and errors are as those of `read_folder`; values stay as they are unless they are
    scaled to another size.
    """
    with unchanged(path):
        try:
            with np.load(path, allow_pickle=False) as arrays:
                images, labels = arrays["images"], arrays["labels"]
        except KeyError as error:
            raise BadDataError(path, f"There is no array {error}: images and labels.") from None
        except (OSError, ValueError) as error:
            raise BadDataError(path, f"Not an .npz file that can be read: {error}") from None
    if images.ndim != 3 or len(images) != len(labels) or images.dtype.kind not in "iuf":
        raise BadDataError(
            path,
            f"images is {images.dtype}{list(images.shape)} and labels {list(labels.shape)}; wanted "
            "are numbers [n, side, side] and [n].",
        )
    wrong = np.flatnonzero(~np.isfinite(images).all(axis=(1, 2)))
    if len(wrong):
        raise BadDataError(path, "Pixels are not finite.", row=int(wrong[0]) + 1, column="images")
    if size is not None:
        images = np.stack([_scaled(image, size) for image in images])
    _check_shape(path, images.shape[1:], patch)
    return images.reshape(len(images), -1), labels.astype(str).tolist()


def _scaled(image: np.ndarray, size: int) -> np.ndarray:
    from PIL import Image

    grey = Image.fromarray(image.astype(np.float32), mode="F")
    return np.asarray(grey.resize((size, size), Image.Resampling.LANCZOS))


def _check_shape(path: object, shape: tuple[int, ...], patch: int) -> None:
    height, width = shape
    if height != width or height > LARGEST:
        raise BadDataError(
            path,
            f"{width}x{height} pixels; images must be square, with sides up to {LARGEST}. "
            "Scale them with `data: {size: ...}`.",
        )
    if height % patch:
        raise BadDataError(
            path, f"Patches of {patch} pixels (data: patch) do not divide a side of {height}."
        )
