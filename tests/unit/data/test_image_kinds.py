"""Images of users: every kind of file is read right, or refused with its name."""

import io
import json
import os
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image, ImageCms
from sklearn.datasets import load_sample_image

from vitrine.__main__ import main
from vitrine.data.domains.image import ImageData
from vitrine.data.domains.image.reading import read
from vitrine.data.prepare import prepare_study
from vitrine.data.proposing.images import propose_for_column, propose_for_files
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.pictures.arrays import read_arrays
from vitrine.data.readers.pictures.decoding import decode
from vitrine.data.readers.pictures.formats import suffixes
from vitrine.data.readers.pictures.images import Images
from vitrine.data.readers.pictures.reading import read_encoded, read_folder
from vitrine.data.readers.pictures.source import ImageSource
from vitrine.data.settings import StudyData

FOLDER = Path("data/set")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty project, in which the test works."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()


def gradient(side: int = 16) -> np.ndarray:
    """Grey levels 0 to 255, uint8 [side, side], no two rows or columns alike."""
    return np.linspace(0, 255, side**2).round().astype(np.uint8).reshape(side, side)


def put(path: str, content: Image.Image | np.ndarray | bytes, **options: object) -> Path:
    """Write an image or bytes below the folder of the set."""
    file = FOLDER / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        image = content if isinstance(content, Image.Image) else Image.fromarray(content)
        image.save(file, **options)
    return file


def fill(side: int = 16, classes: str = "ab", count: int = 4) -> None:
    """Write 8-bit images of several classes."""
    for name in classes:
        for number in range(count):
            put(f"{name}/{number}.png", np.roll(gradient(side), number, axis=0))


def images_of(size: int | None = None, patch: int = 4) -> Images:
    return read_folder(FOLDER, size, patch)


def first(images: Images) -> np.ndarray:
    side = round(images.pixels.shape[1] ** 0.5)
    return images.pixels[0].reshape(side, side)


def refusal(size: int | None = None, patch: int = 4) -> str:
    with pytest.raises(BadDataError) as error:
        images_of(size, patch)
    return str(error.value)


def propose(monkeypatch: pytest.MonkeyPatch, place: Path = FOLDER) -> int:
    monkeypatch.setattr(sys, "argv", ["vitrine", "new-study", "mine", str(place)])
    return main()


def run_study(data: dict) -> dict:
    """Prepare a study as a run does; returns its datasheet."""
    split = {"kind": "random", "validation": 0.25, "test": 0.25, "seed": 0}
    content = {"source": "file", "data": {"domain": "image", **data}, "split": split}
    prepare_study("mine", StudyData(**content), Path("out"))
    return json.loads(Path("out/datasheet.json").read_text())


# Modes -------------------------------------------------------------------------------------------

SAVED = {
    "1": ("a.png", 128),
    "L": ("a.png", 0),
    "LA": ("a.png", 0),
    "P": ("a.png", 0),
    "PA": ("a.tif", 0),
    "RGB": ("a.bmp", 0),
    "RGBX": ("a.tif", 0),
    "RGBA": ("a.webp", 0),
    "CMYK": ("a.tif", 1),
    "YCbCr": ("a.tif", 1),
    "I;16": ("a.png", 0),
    "I;16L": ("a.tif", 0),
    "I;16B": ("a.tif", 0),
    "I": ("a.tif", 0),
    "F": ("a.tif", 0),
}


def in_mode(mode: str, grey: np.ndarray) -> Image.Image:
    image = Image.fromarray(grey)
    if mode.startswith("I;16"):
        wide = grey.astype(">u2" if mode == "I;16B" else "<u2") * 257
        return Image.frombytes(mode, image.size, wide.tobytes())
    if mode == "I":
        return Image.fromarray(grey.astype(np.int32) * 257)
    if mode == "F":
        return Image.fromarray(grey.astype(np.float32) / 255)
    if mode == "La":
        return image.convert("LA").convert("La")
    if mode == "RGBa":
        return image.convert("RGBA").convert("RGBa")
    if mode == "PA":
        return image.convert("P").convert("PA")
    if mode in ("CMYK", "YCbCr", "HSV"):
        return image.convert("RGB").convert(mode)
    return image.convert(mode)


def as_written(grey: np.ndarray, mode: str) -> np.ndarray:
    """What an independent reader would see; with one bit each grey is dithered."""
    return np.asarray(Image.fromarray(grey).convert("1").convert("L")) if mode == "1" else grey


@pytest.mark.parametrize("mode", SAVED)
def test_every_mode_that_a_file_can_have(mode: str) -> None:
    name, tolerance = SAVED[mode]
    lossless = {"lossless": True} if name.endswith("webp") else {}
    grey = gradient()
    fill()
    put(f"a/0{Path(name).suffix}", in_mode(mode, grey), **lossless)
    if name != "a.png":
        (FOLDER / "a/0.png").unlink()
    assert np.abs(first(images_of()) - as_written(grey, mode)).max() <= tolerance


@pytest.mark.parametrize("mode", ["La", "RGBa", "HSV", "I;16N", *SAVED])
def test_every_mode_that_pillow_can_hold(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = in_mode("I;16", gradient()) if mode == "I;16N" else in_mode(mode, gradient())
    monkeypatch.setattr(Image, "open", lambda *_arguments, **_options: image)
    decoded = decode(ImageSource(b"", "here"))
    scale = {"16 bit": 257, "float": 1 / 255, "8 bit": 1}[decoded.depth]
    assert np.abs(decoded.grey / scale - as_written(gradient(), mode)).max() <= 1


def test_lab_has_the_grey_levels_that_it_was_made_from() -> None:
    rgb = Image.fromarray(gradient()).convert("RGB")
    to, by = (ImageCms.createProfile(name) for name in ("sRGB", "LAB"))
    fill()
    (FOLDER / "a/0.png").unlink()
    put("a/0.tif", ImageCms.profileToProfile(rgb, to, by, outputMode="LAB"))
    assert np.abs(first(images_of()) - gradient()).max() <= 1


def png_16_bit(values: np.ndarray, colour_type: int) -> bytes:
    """A PNG with 16 bits per channel, which Pillow cannot write in colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return start + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_16_bits_have_one_scale_and_8_bits_keep_theirs() -> None:
    wide = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    put("a/0.png", wide)
    put("a/1.png", wide // 2)
    put("a/2.png", gradient())
    put("a/3.png", png_16_bit(np.dstack([wide] * 3), 2))
    put("b/0.png", wide)
    images = images_of()
    read_images = images.pixels.reshape(-1, 16, 16)
    assert np.array_equal(read_images[0], np.rint(wide / 257))
    assert np.array_equal(read_images[1], np.rint((wide // 2) / 257))
    assert np.array_equal(read_images[2], gradient())
    assert np.array_equal(read_images[3], wide >> 8)
    assert (read_images[0].min(), read_images[0].max()) == (0, 255)
    assert images.changes.counts() == {"scaled_from_16_bit": 4}


@pytest.mark.parametrize("writer", [lambda a: a, lambda a: png_16_bit(np.dstack([a] * 3), 2)])
@pytest.mark.parametrize("side", [4, 8, 16])
def test_12_bits_in_files_with_16_are_refused(side: int, writer: Callable) -> None:
    twelve = np.linspace(0, 4095, side**2).round().astype(np.uint16).reshape(side, side)
    fill(side)
    put("a/0.png", writer(twelve))
    told = refusal(patch=2)
    assert told.startswith("data/set/a/0.png: ")
    assert "Rescale the values of all files so that they use the whole range" in told


def test_16_bits_in_which_0_is_white() -> None:
    fill()
    (FOLDER / "a/0.png").unlink()
    put("a/0.tif", gradient().astype(np.uint16) * 257, tiffinfo={262: 0})
    assert np.array_equal(first(images_of()), 255 - gradient())
    put("a/0.tif", gradient().astype(np.float32), tiffinfo={262: 0})
    assert "data/set/a/0.tif: White is 0 in this file of floating-point numbers" in refusal()


def test_integers_beyond_16_bits_are_refused() -> None:
    fill()
    put("a/5.tif", Image.fromarray(gradient().astype(np.int32) * 1000))
    assert "data/set/a/5.tif: Integers from 0 to 255,000; only those from 0 to" in refusal()
    put("a/5.tif", Image.fromarray(gradient().astype(np.int32) - 1))
    assert "a/5.tif: Integers from -1 to 254;" in refusal()


def test_the_set_decides_how_floating_point_numbers_are_scaled() -> None:
    share = gradient().astype(np.float32) / 255
    for name in ("a/0.tif", "a/1.tif", "b/0.tif"):
        put(name, share)
    images = images_of()
    assert np.array_equal(first(images), gradient())
    assert images.changes.counts() == {"scaled_from_float": 3}
    for name in ("a/1.tif", "b/0.tif"):
        put(name, gradient().astype(np.float32))
    # Now 0 to 1 is nearly black in the first, which would lose its values.
    assert refusal().startswith("data/set/a/0.tif: The file has 256 or more different values, but")
    put("a/0.tif", gradient().astype(np.float32))
    images = images_of()
    assert np.array_equal(first(images), gradient())
    assert images.changes.counts() == {}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (gradient().astype(np.float32) * 4, "Numbers from 0 to 1020; the numbers of all floating-"),
        (gradient().astype(np.float32) - 128, "Numbers from -128 to 127;"),
        (np.where(gradient() > 9, 0.5, np.nan).astype(np.float32), "Pixels are not finite."),
        (np.where(gradient() > 9, 0.5, np.inf).astype(np.float32), "Pixels are not finite."),
    ],
)
def test_other_floating_point_numbers_are_refused(values: np.ndarray, told: str) -> None:
    fill()
    put("b/7.tif", values)
    assert f"data/set/b/7.tif: {told}" in refusal()


# What is done to images --------------------------------------------------------------------------


def test_transparency_is_laid_on_white() -> None:
    alpha = gradient()
    black = np.zeros_like(alpha)
    white = np.linspace(255, 0, 256).round()
    palette = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16), "P")
    palette.putpalette(bytes(768))
    put("a/0.png", np.dstack([black, black, black, alpha]))
    put("a/1.png", np.dstack([black, alpha]))
    put("a/2.png", palette, transparency=bytes(range(256)))
    put("a/3.png", np.full((16, 16), 7, np.uint8) + (alpha > 9), transparency=8)
    put("a/4.png", alpha.astype(np.uint16) * 257, transparency=257)
    put("b/0.png", np.dstack([alpha, alpha, alpha, black + 255]))
    images = images_of()
    for row in images.pixels[:3]:
        assert np.abs(row - white).max() <= 1
    assert np.array_equal(images.pixels[3], np.where(alpha > 9, 255, 7).ravel())
    assert np.array_equal(images.pixels[4], np.where(alpha == 1, 255, alpha).ravel())
    assert np.array_equal(images.pixels[5], alpha.ravel())
    assert images.changes.laid_on_white == 5


def test_what_is_left_of_white_ink_or_of_equal_greys_is_refused() -> None:
    fill()
    ink = np.full((16, 16, 4), 255, np.uint8)
    ink[..., 3] = gradient()
    file = put("a/9.png", ink)
    assert refusal().startswith(
        f"{file}: The file has 256 or more different values, but read as grey levels all its "
        "pixels are 255."
    )
    colours = np.zeros((16, 16, 3), np.uint8)
    colours[:8, :, 0], colours[8:, :, 1] = 255, 130
    put("a/9.png", colours)
    assert "a/9.png: The file has 2 different values, but read as grey levels all" in refusal()
    # What hides below full transparency is nothing that gets lost.
    ink[..., 3] = 0
    ink[..., 0] = gradient()
    put("a/9.png", ink)
    assert len(images_of().pixels) == 9


def test_resizing_must_leave_something() -> None:
    fill(32)
    spot = np.full((600, 600), 255, np.uint8)
    spot[0, 0] = 0
    put("b/9.png", spot)
    told = refusal(size=8)
    assert "b/9.png: Resized to 8x8 pixels, all its pixels are 255, although it has 2" in told
    # A white page in a JPEG file is not perfectly white.
    spot[0, 0] = 254
    put("b/9.png", spot)
    assert images_of(size=8).changes.counts() == {"resized": 9}


def test_the_noise_of_photographs_is_no_loss() -> None:
    """Tiles of sky and leaves have hundreds of colours and few greys."""
    for name in ("china", "flower"):
        photo = load_sample_image(f"{name}.jpg")
        for number, (y, x) in enumerate(np.ndindex(13, 20)):
            tile = photo[32 * y : 32 * y + 32, 32 * x : 32 * x + 32]
            if number % 5 == 0:
                put(f"{name}/{number}.jpg", tile, quality=75)
    images = images_of()
    assert len(images.pixels) == 104
    assert images.changes.colour_to_grey > 90


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_viewers_show_them(orientation: int, suffix: str) -> None:
    upright = np.add.outer(np.arange(16), 10 * np.arange(16)).astype(np.uint8)
    # How a camera stores what is upright, by the definition of EXIF.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    fill()
    (FOLDER / "a/0.png").unlink()
    quality = {".jpg": {"quality": 100}, ".webp": {"lossless": True}}.get(suffix, {})
    put(f"a/0{suffix}", np.ascontiguousarray(stored), exif=exif, **quality)
    images = images_of()
    assert np.abs(first(images) - upright).max() <= 2
    assert images.changes.turned == (orientation != 1)


def test_modes_can_be_turned_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    for number, mode in enumerate(["1", "LA", "P", "RGBA", "I;16"]):
        put(f"a/{number}.png", in_mode(mode, gradient()), exif=exif)
    put("b/0.png", gradient())
    images = images_of()
    assert images.changes.turned == 5
    for row in images.pixels[1:5]:
        assert np.array_equal(row.reshape(16, 16), gradient()[::-1, ::-1])


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".tif", ".png"])
def test_of_several_frames_the_first_is_read(suffix: str) -> None:
    frames = [Image.fromarray(np.roll(gradient(), shift)) for shift in (0, 40, 80)]
    fill()
    (FOLDER / "a/0.png").unlink()
    lossless = {"lossless": True} if suffix == ".webp" else {}
    put(f"a/0{suffix}", frames[0], save_all=True, append_images=frames[1:], **lossless)
    images = images_of()
    assert np.array_equal(first(images), gradient())
    assert images.changes.first_frame == 1
    assert "1 image: several frames or pages, of which only the first is read." in [
        *images.changes.sentences()
    ]


def test_colour_is_counted_where_there_is_colour() -> None:
    fill()
    put("a/5.png", np.dstack([gradient()] * 3))
    put("a/6.png", np.dstack([gradient(), gradient(), gradient()[::-1]]))
    assert images_of().changes.counts() == {"colour_to_grey": 1}


# Nothing disappears uncounted --------------------------------------------------------------------


def files_below(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder, followlinks=True))


def test_every_file_is_read_or_counted() -> None:
    fill()
    for hidden in (
        "Thumbs.db",
        "a/.DS_Store",
        "a/._0.png",
        "a/.ipynb_checkpoints/0.png",
        ".ipynb_checkpoints/a/0.png",
        "__MACOSX/a/._0.png",
        "a/@eaDir/0.png/SYNO.png",
        "desktop.ini",
    ):
        put(hidden, b"hidden")
    put("README.md", b"other")
    put("a/notes.txt", b"other")
    put("a/b/c/notes", b"other")
    put("a/drawing.SVG", b"<svg/>")
    put("c/notes.txt", b"other")
    put("cover.png", gradient())
    put("a/b/9.png", gradient())
    put("a/b/c/9.png", gradient())
    put("b/UPPER.PNG", gradient())
    (FOLDER / "empty").mkdir()
    linked = Path("data/elsewhere")
    linked.mkdir()
    for number in range(4):
        Image.fromarray(gradient()).save(linked / f"{number}.Jpeg")
    (FOLDER / "d").symlink_to(linked.absolute())
    (FOLDER / "d/own.png").symlink_to((FOLDER / "a/0.png").absolute())
    canonical = read(FOLDER, ImageData(domain="image", file=str(FOLDER), patch=4))
    assert canonical.table["label"].value_counts().to_dict() == {"a": 4, "b": 5, "d": 5}
    assert canonical.reading.dropped == {
        "hidden_files": 8,
        "other_files": 4,
        "images_of_other_formats": 1,
        "images_outside_classes": 1,
        "nested_images": 2,
    }
    assert len(canonical.table) + sum(canonical.reading.dropped.values()) == files_below(FOLDER)
    said = "\n".join(canonical.reading.notes)
    assert "Left out: files whose suffix is not that of an image (4)." in said
    assert "Left out: images in folders inside the class folders (2)." in said
    assert "in which there are no images: `c`, `empty`." in said


def test_the_datasheet_and_the_proposal_have_the_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill()
    put("a/._0.png", b"mac")
    put("a/list.csv", b"x")
    put("a/7.png", np.dstack([gradient(), gradient(), gradient()[::-1]]))
    sheet = run_study({"file": str(FOLDER), "patch": 4})
    assert sheet["rows"]["left_out"] == {"hidden_files": 1, "other_files": 1}
    assert propose(monkeypatch) == 0
    said = capsys.readouterr().out
    assert "- 9 images of 16x16 pixels." in said
    assert "- 1 image: colours converted to grey." in said
    assert "- Left out: hidden files or files that an operating system adds (1)." in said
    assert "- Warning: Left out: files whose suffix is not that of an image (1)." in said


@pytest.mark.parametrize("suffix", suffixes())
def test_every_suffix_is_read_in_upper_case_too(suffix: str) -> None:
    fill()
    grey = Image.fromarray(gradient())
    (FOLDER / "a/0.png").unlink()
    kind = {".apng": "PNG", ".pbm": "PPM", ".pfm": "PPM", ".pnm": "PPM", ".ico": "ICO"}.get(suffix)
    content = {".pbm": grey.convert("1"), ".pfm": in_mode("F", gradient())}.get(suffix, grey)
    options = {"bitmap_format": "png"} if suffix == ".ico" else {}
    buffer = io.BytesIO()
    name = kind or Image.registered_extensions()[suffix]
    content.save(buffer, name, **options)
    put(f"a/0{suffix.upper()}", buffer.getvalue())
    expected = as_written(gradient(), "1" if suffix == ".pbm" else "L")
    lossy = 40 if suffix in (".avif", ".jp2", ".j2k") or name in ("JPEG", "WEBP") else 0
    assert np.abs(first(images_of()) - expected).max() <= lossy


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ((), "There are no images (.apng, .avif, .bmp,"),
        (("a/x.txt",), "There are no images ("),
        (("a/.x.png",), "There are no images ("),
        (("x.png",), "The images have no class, for instance data/set/x.png. Move those of each"),
        (
            ("train/a/x.png", "test/a/x.png"),
            "deeper than in class folders, for instance data/set/test/a/x.png. Move the class "
            "folders up, or name the folder that holds them, for instance `data: {file: "
            "data/set/test}`",
        ),
        (("a/x.svg",), "data/set/a/x.svg is of a format that is not read."),
    ],
)
def test_folders_without_images_at_their_place(files: tuple[str, ...], told: str) -> None:
    FOLDER.mkdir()
    for file in files:
        put(file, gradient() if file.endswith("png") else b"x")
    assert told in refusal()


def test_a_class_of_another_format_is_refused() -> None:
    fill()
    put("c/x.heic", b"x")
    assert "data/set/c/x.heic: The class `c` has only images of formats that are" in refusal()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a ", "data/set: The class folders 'a' and 'a ' differ only in spaces or in how"),
        (" ", "data/set: The class folder ' ' has only spaces as its name."),
        ("e\u0301", "The class folders 'e\\u0301' and '\\xe9' differ only in"),
        (os.fsdecode(b"\xff"), "The name of the class folder '\\udcff' is not UTF-8."),
    ],
)
def test_folders_that_name_no_class_of_their_own_are_refused(name: str, told: str) -> None:
    fill(classes="ab\xe9")
    put(f"{name}/0.png", gradient())
    assert told in refusal()


def test_a_link_upwards_is_refused() -> None:
    fill()
    (FOLDER / "a/up").symlink_to(FOLDER.absolute())
    assert "data/set/a/up: This link leads to a folder that it is in." in refusal()


# Errors name the file ----------------------------------------------------------------------------


def broken(suffix: str) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (30, 30), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, Image.registered_extensions()[suffix])
    return buffer.getvalue()[: len(buffer.getvalue()) // 2]


def huge(side: int) -> bytes:
    """The head of an image with many pixels, and none of them."""
    return png_16_bit(np.zeros((1, 1), np.uint16), 0).replace(
        struct.pack(">II", 1, 1), struct.pack(">II", side, side)
    )


def with_checksum(content: bytes) -> bytes:
    head = content[12:29]
    return content[:29] + struct.pack(">I", zlib.crc32(head)) + content[33:]


BROKEN = {
    "empty": (".png", b"", "Not an image that can be read: the file is empty."),
    "html": (".png", b"\n<!DOCTYPE html><html>", "it is an HTML page"),
    "svg": (".png", b'<?xml version="1.0"?>\n<svg></svg>', "it is an SVG drawing; save it as .png"),
    "pdf": (".jpg", b"%PDF-1.4", "it is a PDF document"),
    "postscript": (".png", b"%!PS-Adobe-3.0 EPSF-3.0\n", "it is PostScript"),
    "lfs": (".png", b"version https://git-lfs.github.com/spec/v1\n", "fetch the file with `git"),
    "heic": (".jpg", b"\0\0\0\x18ftypheic\0\0\0\0", "it is a HEIC image"),
    "text": (".png", b"hello", "its content is of none of the formats PNG, AVIF"),
    "damaged": (".png", broken(".png").replace(b"IHDR", b"IHDX"), "it is a PNG image that is"),
    "rare": (".tif", b"II*\0" + bytes(40), "it is a TIFF image that is damaged or of a rare kind"),
    "zeros": (".tga", bytes(4), "Not an image that can be read"),
    "large": (".png", with_checksum(huge(10_001)), "more than 100 megapixels, 10,001x10,001"),
    "bomb": (".png", with_checksum(huge(20_000)), "more than 100 megapixels"),
    **{
        f"truncated {suffix}": (suffix, broken(suffix), "Not an image that can be read: ")
        for suffix in suffixes()
        if suffix not in (".pbm", ".pfm", ".pnm")
    },
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_named_by_a_proposal_and_by_a_run(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suffix, content, told = BROKEN[kind]
    fill()
    file = put(f"b/broken{suffix}", content)
    assert propose(monkeypatch) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith(f"{file}: ")
    assert told in said
    with pytest.raises(BadDataError) as error:
        run_study({"file": str(FOLDER), "patch": 4})
    assert str(error.value) == said
    frame = pd.Series([file.read_bytes()] * 3, name="img", index=[0, 4, 5])
    with pytest.raises(BadDataError) as error:
        propose_for_column("films", frame)
    assert str(error.value) == said.replace(f"{file}: ", "films, row 1, column `img`: ")


def test_what_is_no_file_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill()
    (FOLDER / "a/x.png").mkdir()
    assert propose(monkeypatch) == 2
    assert "data/set/a/x.png: A folder, not an image, although" in capsys.readouterr().err
    (FOLDER / "a/x.png").rmdir()
    (FOLDER / "a/x.png").symlink_to("nowhere.png")
    assert "a/x.png: Not an image that can be read: No such file or directory." in refusal()
    (FOLDER / "a/x.png").unlink()
    (FOLDER / "a/x.png").symlink_to("x.png")
    assert "a/x.png: Not an image that can be read: Too many levels of symbolic" in refusal()
    (FOLDER / "a/x.png").unlink()
    os.mkfifo(FOLDER / "a/x.png")
    assert "data/set/a/x.png: Not a regular file." in refusal()


def test_a_file_without_permission_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    real = Image.open

    def guarded(file: object, **options: object) -> Image.Image:
        # The superuser, as whom tests may run, is refused nothing.
        if str(file).endswith("a/2.png"):
            raise PermissionError(13, "Permission denied", str(file))
        return real(file, **options)

    monkeypatch.setattr(Image, "open", guarded)
    assert refusal() == "data/set/a/2.png: Not an image that can be read: Permission denied."


def test_a_run_names_a_file_without_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    fill()

    def guarded(path: str) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("vitrine.data.readers.fetch.sha256", guarded)
    with pytest.raises(BadDataError, match=r"^data/set/a/0.png: The file cannot be read: Permiss"):
        run_study({"file": str(FOLDER), "patch": 4})


def test_images_that_differ_or_do_not_fit_are_named() -> None:
    fill()
    put("b/9.png", gradient(18))
    assert "b/9.png: 18x18 pixels, but data/set/a/0.png has 16x16. Scale all" in refusal()
    assert images_of(size=8).changes.counts() == {"resized": 9}
    assert "a/0.png: Patches of 5 pixels (data: patch) do not divide a side of 16" in refusal(
        patch=5
    )
    assert "Patches of 3 pixels (data: patch) do not divide a side of 8" in refusal(8, 3)


# Arrays ------------------------------------------------------------------------------------------

STACK = np.stack([np.roll(gradient(8), shift) for shift in range(8)])


def arrays(images: object = STACK, labels: object = "abababab", **others: object) -> Path:
    path = Path("data/x.npz")
    labels = list(labels) if isinstance(labels, str) else labels
    np.savez(path, images=images, labels=labels, **others)
    return path


@pytest.mark.parametrize(
    "dtype", ["uint8", ">u2", "<i4", "int64", "uint64", "float16", ">f4", "float64", "longdouble"]
)
def test_arrays_of_numbers_stay_as_they_are(dtype: str) -> None:
    path = arrays(STACK.astype(dtype))
    assert np.array_equal(read_arrays(path, None, 2).pixels, STACK.reshape(8, -1))
    sheet = run_study({"file": str(path), "patch": 2})
    assert sheet["canonical_table"]["rows"] == 8


def test_truth_values_are_0_and_1() -> None:
    images = read_arrays(arrays(STACK > 100), None, 2)
    assert np.array_equal(images.pixels, (STACK > 100).reshape(8, -1).astype(int))


def test_arrays_are_resized_like_files() -> None:
    smooth = np.stack([gradient(8) // n for n in range(1, 9)])
    for number, image in enumerate(smooth):
        put(f"{'ab'[number % 2]}/{number}.png", image)
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    resized = read_arrays(arrays(smooth), 4, 2)
    # Files are rounded to whole levels from 0 to 255.
    as_files = np.clip(np.rint(resized.pixels[order]), 0, 255)
    assert np.abs(as_files - images_of(4, 2).pixels).max() <= 1
    assert resized.changes.counts() == {"resized": 8}
    wide = np.tile(STACK, (1, 1, 2))
    assert read_arrays(arrays(wide), 16, 4).pixels.shape == (8, 256)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0, 1] * 4, ["0", "1"]),
        ([0.0, 1.0] * 4, ["0", "1"]),
        (np.array([0, 1] * 4, np.uint8), ["0", "1"]),
        (np.array([0, 1] * 4, np.float32), ["0", "1"]),
        ([0.5, 1.0] * 4, ["0.5", "1.0"]),
        ([True, False] * 4, ["False", "True"]),
        ([b"no", "né".encode()] * 4, ["no", "né"]),
    ],
)
def test_labels_of_one_value_have_one_name(labels: object, expected: list[str]) -> None:
    assert sorted({*read_arrays(arrays(labels=labels), None, 2).labels}) == expected


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"images": STACK}, "no array `labels`; the file has `images`. Save the arrays as"),
        ({"x": STACK, "y": [1]}, "There is no array `images`; the file has `x`, `y`."),
        ({"images": STACK, "labels": [[0]] * 8}, "labels int64[8, 1]; wanted are numbers [n, side"),
        ({"images": STACK, "labels": [0, 1]}, "images is uint8[8, 8, 8] and labels int64[2]"),
        ({"images": STACK[0], "labels": [0] * 8}, "images is uint8[8, 8]"),
        ({"images": STACK[..., None], "labels": [0] * 8}, "images is uint8[8, 8, 8, 1]"),
        ({"images": STACK + 1j, "labels": [0] * 8}, "images is complex128"),
        ({"images": STACK[:0], "labels": []}, "There are no images"),
        ({"images": STACK.astype(object), "labels": [0] * 8}, "An array of Python objects"),
        ({"images": STACK, "labels": np.array(["a", None] * 4)}, "An array of Python objects"),
        ({"images": STACK, "labels": [0, 1, np.nan, 1] * 2}, "row 3, column `labels`: The label"),
        (
            {"images": np.where(STACK > 9, np.inf, 0.5), "labels": [0] * 8},
            "column `images`: Pixels are not finite",
        ),
        ({"images": STACK[:, :7], "labels": [0] * 8}, "8x7 pixels; images must be square"),
    ],
)
def test_arrays_that_cannot_be_used(content: dict, told: str) -> None:
    np.savez("data/x.npz", **content, allow_pickle=True)
    with pytest.raises(BadDataError) as error:
        read_arrays(Path("data/x.npz"), None, 2)
    assert str(error.value).startswith("data/x.npz")
    assert told in str(error.value)


def test_files_that_are_no_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    path = arrays()
    whole = path.read_bytes()
    one = io.BytesIO()
    np.save(one, STACK)
    for content in (b"", b"text", whole[:300], whole[:-30], b"PK\3\4" + bytes(9), one.getvalue()):
        path.write_bytes(content)
        with pytest.raises(BadDataError, match=r"data/x\.npz: "):
            read_arrays(path, None, 2)
        assert propose(monkeypatch, path) == 2


def test_values_that_resizing_loses_are_named_and_other_arrays_told() -> None:
    images = STACK.astype(np.int64)
    images[4] = 2**40 + images[4]
    with pytest.raises(
        BadDataError, match=r"x\.npz, row 5, column `images`: Resized to 4x4 pixels"
    ):
        read_arrays(arrays(images), 4, 2)
    images = read_arrays(arrays(more=[1], extra=[2]), None, 2)
    assert [*images.warnings()] == [
        "Only the arrays images and labels are read, not `more`, `extra`."
    ]


# A column of files -------------------------------------------------------------------------------


def encoded(image: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


def test_a_column_is_read_as_files_are() -> None:
    wide = gradient().astype(np.uint16) * 257
    cells = [{"bytes": encoded(gradient())}, encoded(wide), encoded(wide // 16)]
    column = pd.Series(cells[:2], name="img")
    images = read_encoded("films", column, None, 4)
    assert np.array_equal(images.pixels[0], images.pixels[1])
    assert images.changes.counts() == {"scaled_from_16_bit": 1}
    with pytest.raises(BadDataError, match="films, row 8, column `img`: The file has 256 or more"):
        read_encoded("films", pd.Series(cells, name="img", index=[0, 1, 7]), None, 4)
    with pytest.raises(BadDataError, match="row 2, column `img`: Not an image that can be read"):
        read_encoded("films", pd.Series([cells[0], {"bytes": None}], name="img"), None, 4)
    proposal = propose_for_column("films", pd.Series([encoded(gradient(17))] * 3, name="img"))
    assert proposal.settings == {"patch": 4, "size": 16}


# The proposal ------------------------------------------------------------------------------------


def proposed(side: int) -> tuple[int, int]:
    """Side and patch that are proposed for an array of square images, which reading accepts."""
    images = np.random.default_rng(side).integers(0, 255, (4, side, side), dtype=np.uint8)
    path = arrays(images, "abab")
    settings = propose_for_files(path).settings
    used = settings.get("size", side)
    read_images = read_arrays(path, settings.get("size"), settings["patch"])
    assert read_images.pixels.shape == (4, used**2)
    return used, settings["patch"]


def test_proposals_for_square_images() -> None:
    by_side = {side: proposed(side) for side in range(2, 71)}
    assert all(
        used % patch == 0 and 16 <= (used // patch) ** 2 <= 64 and used <= 64
        for used, patch in by_side.values()
    )
    divisible = [side for side in range(2, 65) if any(side % n == 0 for n in (4, 5, 6, 7, 8))]
    assert [side for side, (used, _) in by_side.items() if used == side] == divisible
    assert {side: by_side[side] for side in (8, 16, 17, 23, 25, 28, 35, 42, 49, 61, 64, 65)} == {
        8: (8, 2),
        16: (16, 4),
        17: (16, 4),
        23: (21, 3),
        25: (25, 5),
        28: (28, 7),
        35: (35, 7),
        42: (42, 7),
        49: (49, 7),
        61: (60, 15),
        64: (64, 16),
        65: (32, 8),
    }
    assert [by_side[side] for side in (2, 3, 4)] == [(4, 1)] * 3


def test_any_shapes_get_a_proposal_that_is_accepted() -> None:
    rng = np.random.default_rng(0)
    for case in range(12):
        sides = rng.integers(1, 90, (1 + case % 4, 2))
        for number in range(8):
            width, height = sides[number % len(sides)]
            noise = rng.integers(0, 255, (height, width), dtype=np.uint8)
            put(f"{'ab'[number % 2]}/{number}.png", noise)
        proposal = propose_for_files(FOLDER)
        settings = proposal.settings
        pixels = images_of(settings.get("size"), settings["patch"]).pixels
        side = round(pixels.shape[1] ** 0.5)
        assert 16 <= (side // settings["patch"]) ** 2 <= 64


def test_a_proposal_says_what_is_resized_and_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(17)
    assert propose(monkeypatch) == 0
    said = capsys.readouterr().out
    assert "They are resized to 16x16 pixels, because no patches divide a side of 17 into" in said
    study = yaml.safe_load(Path("config/mine.yaml").read_text())["definitions"]["mine"]
    assert study["data"] == {"domain": "image", "file": "data/set", "patch": 4, "size": 16}
    assert run_study({"file": "data/set", "patch": 4, "size": 16})["canonical_table"]["rows"] == 8
    put("b/9.png", gradient(18))
    assert "because images must be of one size." in "".join(propose_for_files(FOLDER).findings)
    wide = np.tile(STACK, (1, 1, 2))
    settings = propose_for_files(arrays(wide))
    assert "because images must be square." in "".join(settings.findings)
    assert settings.settings == {"patch": 8, "size": 32}
