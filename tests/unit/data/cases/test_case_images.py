"""Folders of images on the user's way; their kinds stand in ``test_image_kinds.py``."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from own_files import carry, put, refused, run_refused
from PIL import Image

COUNT = 8
FOLDER = Path("data/marks")


def mark(top: bool, place: int, side: int = 16) -> np.ndarray:
    """A dark stroke at the top or at the bottom of a white image, uint8 [side, side]."""
    image = np.full((side, side), 255, np.uint8)
    image[2 if top else side - 3, 1 : 4 + place] = 10 * place
    return image


def draw(save: Callable[[np.ndarray, Path], None]) -> list[np.ndarray]:
    """Write the images of both classes; returns them in the order in which they are read."""
    images = []
    for name in ("bottom", "top"):
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        for place in range(COUNT):
            images.append(mark(name == "top", place))
            save(images[-1], folder / f"{place:02d}.png")
    return images


def pixels(rows) -> np.ndarray:
    names = [name for name in rows if name.startswith("pixel_")]
    return rows.sort_values("instance")[names].to_numpy()


def grey(image: np.ndarray, path: Path) -> None:
    Image.fromarray(image).save(path)


def deep(image: np.ndarray, path: Path) -> None:
    """16 bits."""
    Image.fromarray(image.astype(np.uint16) * 257).save(path)


def ink(image: np.ndarray, path: Path) -> None:
    """Black ink whose opacity is what is dark."""
    layers = np.zeros((*image.shape, 4), np.uint8)
    layers[..., 3] = 255 - image
    Image.fromarray(layers).save(path)


def turned(image: np.ndarray, path: Path) -> None:
    """Upside down, with an EXIF orientation that says so."""
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(image[::-1, ::-1].copy()).save(path, exif=exif)


FORMS = {
    "grey": (grey, None),
    "16 bits": (deep, "16-bit values scaled to grey levels 0 to 255"),
    "ink": (ink, "transparency laid on white"),
    "turned": (turned, "turned upright as their EXIF orientation says"),
}


@pytest.mark.parametrize(("save", "told"), FORMS.values(), ids=FORMS)
def test_forms_of_images(save: Callable[[np.ndarray, Path], None], told: str | None) -> None:
    images = draw(save)
    carried = carry(str(FOLDER))
    assert carried.encoding.classes == ["bottom", "top"]
    assert np.array_equal(pixels(carried.rows), np.stack(images).reshape(len(images), -1))
    assert carried.counts == (2 * COUNT, 2 * COUNT, {})
    assert told is None or (told in carried.said and told in carried.notes)


def test_hidden_folders_and_files_are_left_out_and_counted() -> None:
    images = draw(grey)
    hidden = FOLDER / ".ipynb_checkpoints"
    hidden.mkdir()
    for place in range(4):
        grey(images[place], hidden / f"{place}.png")
    put("marks/top/._00.png", b"Mac OS X")
    carried = carry(str(FOLDER))
    assert carried.encoding.classes == ["bottom", "top"]
    assert carried.counts == (2 * COUNT + 5, 2 * COUNT, {"hidden_files": 5})
    assert "Left out: hidden files or files that an operating system adds (5)." in carried.said


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Not an image that can be read: the file is empty."),
        (b"<!DOCTYPE html><html><body>404</body></html>", "it is an HTML page"),
        (b"\x89PNG\r\n\x1a\n cut off", "Not an image that can be read"),
    ],
)
def test_files_that_are_no_images_are_named_by_both(content: bytes, told: str) -> None:
    draw(grey)
    file = put("marks/top/07.png", content)
    status = refused_folder()
    assert status.startswith(f"{file}: ")
    assert told in status
    assert run_refused({"domain": "image", "file": str(FOLDER), "patch": 4}) == status


def refused_folder() -> str:
    """What is said of the folder; it names a file in it."""
    return refused(str(FOLDER))


def test_an_image_that_is_too_large_is_named() -> None:
    draw(grey)

    Image.new("1", (20_000, 20_000)).save(FOLDER / "top/99.png")
    told = refused_folder()
    assert told.startswith("data/marks/top/99.png: ")
    assert "megapixels" in told


def test_a_side_that_nothing_divides_is_resized() -> None:
    images = np.stack([mark(i % 2 == 0, i % 8, 17) for i in range(30)])
    np.savez("data/prime.npz", images=images, labels=np.arange(30) % 2)
    carried = carry("data/prime.npz")
    assert (carried.data["size"], carried.data["patch"]) == (16, 4)
    assert (
        "They are resized to 16x16 pixels, because no patches divide a side of 17" in carried.said
    )
    assert carried.encoding.players == 16
