"""A user's images."""

import logging
from dataclasses import replace
from pathlib import Path

import pandas as pd

from vitrine.data.domains.image import ImageData
from vitrine.data.readers.canonical import CanonicalTable, Roles, classified
from vitrine.data.readers.pictures.arrays import read_arrays
from vitrine.data.readers.pictures.reading import read_encoded, read_folder
from vitrine.data.readers.split_files import SPLIT, SplitFiles

_log = logging.getLogger(__name__)


def read(place: Path | SplitFiles, data: ImageData) -> CanonicalTable:
    """Columns ``pixel_0`` ..., ``label`` and, where a dataset has splits, ``given``.

    ``dropped`` has the numbers of files that were left out; they and what was done to the images
    are logged.
    """
    given = {}
    if isinstance(place, SplitFiles):
        image, label = data.image, data.label
        rows = place.read([image, label, *([SPLIT] if place.given else [])], [label])
        images = read_encoded(place, rows[image], data.size, data.patch)
        labels = rows[label].tolist()
        given = {"given": rows[SPLIT]} if place.given else {}
    else:
        read_images = read_folder if place.is_dir() else read_arrays
        images = read_images(place, data.size, data.patch)
        labels = images.labels
    for sentence in images.warnings():
        _log.warning("%s: %s", place, sentence)
    for sentence in images.facts():
        _log.info("%s: %s", place, sentence)
    columns = [f"pixel_{number}" for number in range(images.pixels.shape[1])]
    frame = pd.DataFrame(images.pixels, columns=columns).assign(label=labels, **given)
    frame["label"] = frame["label"].astype("str")
    canonical = classified(place, frame, Roles(data.label, SPLIT))
    return replace(canonical, dropped=canonical.dropped | images.left_out)
