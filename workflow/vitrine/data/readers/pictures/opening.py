"""Opening one image file; whatever is wrong with it is an error that names it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.pictures.formats import describe_content, readable_formats
from vitrine.data.readers.pictures.source import ImageSource
from vitrine.data.readers.read import unchanged

if TYPE_CHECKING:
    from PIL import Image

MOST_MEGAPIXELS = 100


def shape_of(source: ImageSource) -> tuple[int, int]:
    """Width and height in pixels from the head of the file, before it is turned.

    Raises:
        BadDataError: as `opened`.
    """
    with opened(source) as image:
        return image.size


@contextmanager
def opened(source: ImageSource) -> "Iterator[Image.Image]":
    """Open an image, whose pixels are not loaded yet.

    Raises:
        BadDataError: the file cannot be read, is no image or has more than `MOST_MEGAPIXELS`; or
            Pillow raises an error while the image is open, since it is cut off or damaged.
    """
    from PIL import Image, UnidentifiedImageError

    content = source.content
    try:
        if isinstance(content, Path) and not content.is_file() and content.exists():
            raise source.error("Not a regular file.")
        with (
            unchanged(content) if isinstance(content, Path) else nullcontext(),
            warnings.catch_warnings(),
        ):
            # The limit below is ours.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            file = content if isinstance(content, Path) else BytesIO(content)
            with Image.open(file, formats=readable_formats()) as image:
                if image.width * image.height > MOST_MEGAPIXELS * 1_000_000:
                    raise _too_large(source, f", {image.width:,}x{image.height:,} pixels")
                yield image
    except BadDataError:
        raise
    except Image.DecompressionBombError:
        raise _too_large(source, "") from None
    except UnidentifiedImageError:
        raise _unreadable(source, describe_content(content)) from None
    except OSError as error:
        raise _unreadable(source, error.strerror or str(error)) from None
    # The decoders of Pillow raise many kinds of errors for a broken file.
    except Exception as error:
        raise _unreadable(source, f"{type(error).__name__}: {error}") from None


def _too_large(source: ImageSource, size: str) -> BadDataError:
    return source.error(
        f"The image has more than {MOST_MEGAPIXELS} megapixels{size}, the largest number that is "
        "read. Save it with fewer pixels."
    )


def _unreadable(source: ImageSource, reason: str) -> BadDataError:
    return source.error(f"Not an image that can be read: {reason.rstrip('.')}.")
