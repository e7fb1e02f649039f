"""The formats of image files that are read, and what other content is."""

from functools import cache
from pathlib import Path

_FORMATS_BY_SUFFIX = {
    ".apng": "PNG",
    ".avif": "AVIF",
    ".bmp": "BMP",
    ".dib": "DIB",
    ".gif": "GIF",
    ".ico": "ICO",
    ".j2k": "JPEG2000",
    ".jfif": "JPEG",
    ".jp2": "JPEG2000",
    ".jpe": "JPEG",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".pbm": "PPM",
    ".pcx": "PCX",
    ".pfm": "PPM",
    ".pgm": "PPM",
    ".png": "PNG",
    ".pnm": "PPM",
    ".ppm": "PPM",
    ".tga": "TGA",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
# Cameras write JPEG files with a second picture inside, which Pillow calls by another name.
_FURTHER_FORMATS = ("MPO",)
# Images too, but Pillow cannot read them, or only by running another program.
_FOREIGN_SUFFIXES = frozenset(
    {
        *(".ai", ".eps", ".emf", ".pdf", ".svg", ".svgz", ".wmf"),
        *(".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".raw"),
        *(".dcm", ".exr", ".hdr", ".heic", ".heif", ".jxl", ".nii", ".psd", ".xcf"),
    }
)
_STARTS = {
    b"<!doctype html": "an HTML page, perhaps an error or a login page that was saved instead",
    b"<html": "an HTML page, perhaps an error or a login page that was saved instead",
    b"<svg": "an SVG drawing; save it as .png",
    b"%pdf": "a PDF document; save its pages as .png",
    b"%!ps": "PostScript; save it as .png",
    b"8bps": "a Photoshop file; save it as .png",
    b"version https://git-lfs": "a pointer of Git LFS; fetch the file with `git lfs pull`",
    b"\x89png": "a PNG image that is damaged",
    b"\xff\xd8\xff": "a JPEG image that is damaged",
    b"gif8": "a GIF image that is damaged",
    b"ii*\x00": "a TIFF image that is damaged or of a rare kind; save it as .png",
    b"mm\x00*": "a TIFF image that is damaged or of a rare kind; save it as .png",
    b"\x00\x05\x16\x07": "an AppleDouble file of macOS, which holds no image",
}
_HEAD_BYTES = 1024


@cache
def suffixes() -> tuple[str, ...]:
    """Suffixes, in lower case, of the files that the installed Pillow can read."""
    readable = readable_formats()
    return tuple(suffix for suffix, name in _FORMATS_BY_SUFFIX.items() if name in readable)


@cache
def readable_formats() -> tuple[str, ...]:
    """Pillow's names of the formats that are read, whatever the suffix of the file.

    PostScript and the like are not among them: Pillow would run another program for them.
    """
    from PIL import Image

    Image.init()
    wanted = dict.fromkeys([*_FORMATS_BY_SUFFIX.values(), *_FURTHER_FORMATS])
    return tuple(name for name in wanted if name in Image.OPEN)


def has_foreign_suffix(path: Path) -> bool:
    """Whether a file's suffix is that of an image format that is not read."""
    suffix = path.suffix.lower()
    return suffix in _FOREIGN_SUFFIXES or (
        suffix in _FORMATS_BY_SUFFIX and suffix not in suffixes()
    )


def describe_content(content: Path | bytes) -> str:
    """What a file is that Pillow does not know, as the end of a sentence."""
    if isinstance(content, bytes):
        head = content[:_HEAD_BYTES]
    else:
        with content.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    if not head:
        return "the file is empty"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, description in _STARTS.items():
        if text.startswith(start):
            return f"it is {description}"
    if text.startswith(b"<?xml") and b"<svg" in text:
        return f"it is {_STARTS[b'<svg']}"
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif"):
        return "it is a HEIC image; save it as .jpg or .png"
    return f"its content is of none of the formats {', '.join(readable_formats())}"
