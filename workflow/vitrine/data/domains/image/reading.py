"""A user's images."""

from pathlib import Path

import pandas as pd

from vitrine.data.domains.image import ImageData
from vitrine.data.readers.canonical import CanonicalTable, Roles, classified
from vitrine.data.readers.form import Reading
from vitrine.data.readers.pictures import read_arrays, read_encoded, read_folder
from vitrine.data.readers.split_files import SPLIT, SplitFiles


def read(place: Path | SplitFiles, data: ImageData) -> CanonicalTable:
    """Columns ``pixel_0`` ..., ``label`` and, where a dataset has splits, ``given``."""
    reading = Reading()
    given = {}
    if isinstance(place, SplitFiles):
        image, label = data.image, data.label
        rows = place.read(
            [image, label, *([SPLIT] if place.given else [])], [label], data.form, reading
        )
        pixels = read_encoded(place, rows[image], data.size, data.patch)
        labels = rows[label].tolist()
        given = {"given": rows[SPLIT]} if place.given else {}
    else:
        read_images = read_folder if place.is_dir() else read_arrays
        pixels, labels = read_images(place, data.size, data.patch)
    columns = [f"pixel_{number}" for number in range(pixels.shape[1])]
    frame = pd.DataFrame(pixels, columns=columns).assign(label=labels, **given)
    frame["label"] = frame["label"].astype("str")
    if not isinstance(place, SplitFiles):
        reading.rows = len(frame)
    return classified(place, frame, Roles(data.label, SPLIT), reading)
