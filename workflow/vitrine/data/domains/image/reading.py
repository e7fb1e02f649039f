"""A user's images."""

from pathlib import Path

import pandas as pd

from vitrine.data.domains.image import ImageData
from vitrine.data.readers.canonical import CanonicalTable, Roles, classified
from vitrine.data.readers.form import Reading
from vitrine.data.readers.pictures.arrays import read_arrays
from vitrine.data.readers.pictures.reading import read_encoded, read_folder
from vitrine.data.readers.split_files import SPLIT, SplitFiles


def read(place: Path | SplitFiles, data: ImageData) -> CanonicalTable:
    """Columns ``pixel_0`` ..., ``label`` and, where a dataset has splits, ``given``."""
    reading = Reading()
    given = {}
    if isinstance(place, SplitFiles):
        texts = [data.label, *([SPLIT] if place.given else [])]
        rows = place.read([data.image, *texts], texts, data.form, reading)
        images = read_encoded(place, rows[data.image], data.size, data.patch)
        labels = rows[data.label].tolist()
        given = {"given": rows[SPLIT]} if place.given else {}
    else:
        read_images = read_folder if place.is_dir() else read_arrays
        images = read_images(place, data.size, data.patch)
        labels = images.labels
        # Of a folder, all files are counted.
        reading.rows = len(labels) + sum(images.left_out.values())
        reading.dropped |= images.left_out
    for sentence in (*images.warnings(), *images.facts()):
        reading.note(sentence)
    columns = [f"pixel_{number}" for number in range(images.pixels.shape[1])]
    frame = pd.DataFrame(images.pixels, columns=columns).assign(label=labels, **given)
    frame["label"] = frame["label"].astype("str")
    return classified(place, frame, Roles(data.label, SPLIT), reading)
