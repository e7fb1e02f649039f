"""What reading does to images, counted for logs, proposals and the datasheet."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Literal

Change = Literal[
    "scaled_from_16_bit",
    "scaled_from_float",
    "first_frame",
    "turned",
    "laid_on_white",
    "colour_to_grey",
    "resized",
]

_SENTENCES = {
    "scaled_from_16_bit": "16-bit values scaled to grey levels 0 to 255 (65535 becomes 255)",
    "scaled_from_float": "numbers from 0 to 1 scaled to grey levels 0 to 255",
    "first_frame": "several frames or pages, of which only the first is read",
    "turned": "turned upright as their EXIF orientation says",
    "laid_on_white": "transparency laid on white",
    "colour_to_grey": "colours converted to grey",
    "resized": "resized to the side length of `data: size`",
}


@dataclass(frozen=True)
class Changes:
    """How many images were changed in which way; an image may count in several."""

    scaled_from_16_bit: int = 0
    scaled_from_float: int = 0
    first_frame: int = 0
    turned: int = 0
    laid_on_white: int = 0
    colour_to_grey: int = 0
    resized: int = 0

    @classmethod
    def of_images(cls, changes: Iterable[Iterable[Change]]) -> "Changes":
        """Count the changes of each image."""
        counts = Counter(str(change) for of_image in changes for change in of_image)
        return cls(**counts)

    def counts(self) -> dict[str, int]:
        """The changes that happened, for the datasheet: name -> number of images."""
        numbers = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: number for name, number in numbers.items() if number}

    def sentences(self) -> Iterator[str]:
        """The changes that happened, a sentence each."""
        for name, number in self.counts().items():
            yield f"{number:,} {'image' if number == 1 else 'images'}: {_SENTENCES[name]}."
