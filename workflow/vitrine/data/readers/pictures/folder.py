"""The image files below a folder with a folder per class; every other file is counted."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.pictures.formats import has_foreign_suffix, suffixes

HIDDEN = "hidden_files"
OTHER = "other_files"
FOREIGN = "images_of_other_formats"
OUTSIDE = "images_outside_classes"
NESTED = "nested_images"
REASONS = {
    HIDDEN: "hidden files or files that an operating system adds",
    OTHER: "files whose suffix is not that of an image",
    FOREIGN: "images of formats that are not read",
    OUTSIDE: "images outside of the class folders",
    NESTED: "images in folders inside the class folders",
}
"""By reason, what files were left out, as messages say it."""

# In lower case. A name that starts with a dot is hidden, too.
_SYSTEM_NAMES = frozenset(
    {
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "__macosx",
        "@eadir",
        "$recycle.bin",
        "#recycle",
        "system volume information",
        "icon\r",
    }
)
# A class folder and a file in it.
_CLASS_LEVEL = 2


@dataclass(frozen=True)
class Listing:
    """Every file below a folder is in ``paths`` or counted in ``left_out``.

    Attributes:
        paths: the images in class folders, sorted.
        left_out: by reason (a key of `REASONS`), how many files are left out.
        empty_classes: names of the folders that hold none of the images, sorted.
    """

    paths: list[Path]
    left_out: dict[str, int]
    empty_classes: list[str]

    def remarks(self) -> list[str]:
        """Sentences about class folders without images."""
        if not self.empty_classes:
            return []
        names = ", ".join(f"`{name}`" for name in self.empty_classes)
        return [f"No class is read from these folders, in which there are no images: {names}."]


def list_images(folder: Path) -> Listing:
    """List the images of a folder; links to files and folders are followed.

    Raises:
        BadDataError: there are no images in class folders, a class has images of other formats
            only, a folder is named as an image or cannot be read, or a link leads upwards.
    """
    paths: list[Path] = []
    found: dict[str, list[Path]] = {}
    for inside in _files(folder, Path(), ()):
        reason = _reason(inside)
        if reason is None:
            paths.append(folder / inside)
        else:
            found.setdefault(reason, []).append(folder / inside)
    if not paths:
        raise _no_images(folder, found)
    classes = {path.parent.name for path in paths}
    _check_names(folder, classes)
    for path in found.get(FOREIGN, ()):
        name = path.parent.name
        if path.parent.parent == folder and name not in classes:
            raise BadDataError(
                path,
                f"The class `{name}` has only images of formats that are not read. Convert "
                f"them to one of {', '.join(suffixes())}.",
            )
    empty = sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.is_dir() and not _is_hidden(entry.name) and entry.name not in classes
    )
    counts = Counter({reason: len(files) for reason, files in found.items()})
    left_out = {reason: counts[reason] for reason in REASONS if counts[reason]}
    return Listing(sorted(paths), left_out, empty)


def _files(top: Path, inside: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Path]:
    """Paths, from the top, of all below a folder that is no folder; ``above`` leads to it."""
    folder = top / inside
    try:
        state = folder.stat()
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise BadDataError(folder, f"The folder cannot be read: {error.strerror}.") from None
    here = (state.st_dev, state.st_ino)
    if here in above:
        raise BadDataError(folder, "This link leads to a folder that it is in. Remove it.")
    for entry in entries:
        path = inside / entry.name
        if not entry.is_dir():
            yield path
        elif len(path.parts) == _CLASS_LEVEL and _reason(path) is None:
            raise BadDataError(top / path, "A folder, not an image, although it is named as one.")
        else:
            yield from _files(top, path, (*above, here))


def _check_names(folder: Path, classes: set[str]) -> None:
    """Refuse folders whose names would become one class, or none."""
    names_by_class: dict[str, str] = {}
    for name in sorted(classes):
        try:
            name.encode()
        except UnicodeEncodeError:
            raise BadDataError(
                folder, f"The name of the class folder {name!a} is not UTF-8. Rename it."
            ) from None
        label = unicodedata.normalize("NFC", name.strip())
        if not label:
            raise BadDataError(folder, f"The class folder {name!r} has only spaces as its name.")
        other = names_by_class.setdefault(label, name)
        if other != name:
            raise BadDataError(
                folder,
                f"The class folders {other!a} and {name!a} differ only in spaces or in how Unicode "
                "writes the same letters. Join them, or rename one.",
            )


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES


def _reason(inside: Path) -> str | None:
    """Why a file is left out, by its path inside the folder; None for an image of a class."""
    if any(_is_hidden(part) for part in inside.parts):
        return HIDDEN
    if has_foreign_suffix(inside):
        return FOREIGN
    if inside.suffix.lower() not in suffixes():
        return OTHER
    if len(inside.parts) < _CLASS_LEVEL:
        return OUTSIDE
    return NESTED if len(inside.parts) > _CLASS_LEVEL else None


def _no_images(folder: Path, found: dict[str, list[Path]]) -> BadDataError:
    if NESTED in found:
        path = found[NESTED][0]
        return BadDataError(
            folder,
            f"The images stand deeper than in class folders, for instance {path}. Move the class "
            f"folders up, or name the folder that holds them, for instance `data: {{file: "
            f"{path.parent.parent}}}`.",
        )
    if OUTSIDE in found:
        return BadDataError(
            folder,
            f"The images have no class, for instance {found[OUTSIDE][0]}. Move those of each class "
            "into a folder of its own, whose name is that of the class.",
        )
    others = f" {found[FOREIGN][0]} is of a format that is not read." if FOREIGN in found else ""
    return BadDataError(
        folder,
        f"There are no images ({', '.join(suffixes())}) in folders named as classes.{others}",
    )
