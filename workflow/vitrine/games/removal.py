"""Removal: what a model sees of an instance when some of its players are gone.

``absent`` (the default): the players are not among the tokens, the others keep their positions.
``mask``: they are replaced by what the domain has for an unknown value, positions kept: the unknown
word, the unknown film with a mean rating, a patch of the mean grey, the field marked as missing.
``background`` (tables): they take the values of a sample of training rows, and the value is the
mean over the rows, as in interventional Shapley values (Janzing, Minorics & Bloebaum 2020).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np

from vitrine.data.domains.registry import DOMAINS
from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples
from vitrine.games.kinds import REMOVALS

TokenRows = tuple[np.ndarray, np.ndarray, np.ndarray]


class FeatureRemoval(Protocol):
    """How coalitions of some instances become rows of tokens."""

    examples: Examples
    """The contents that rows are taken from; the instances stand first."""

    def rows(
        self, game: np.ndarray, members: np.ndarray, lengths: np.ndarray
    ) -> Iterator[TokenRows]:
        """Rows of tokens whose mean output is the value of a coalition.

        Args:
            game: int64 [m], the instance of each coalition.
            members: int64 [sum(lengths)], players present, coalition after coalition.
            lengths: int64 [m].

        Yields:
            Which coalitions get a row, int64 [r]; the rows, indices into ``examples.ids``, int64
            [sum(row lengths)]; and their lengths, int64 [r].
        """


class Omission:
    """Removed players are not among the tokens."""

    def __init__(self, examples: Examples) -> None:
        self.examples = examples

    def rows(
        self, game: np.ndarray, members: np.ndarray, lengths: np.ndarray
    ) -> Iterator[TokenRows]:
        """See `FeatureRemoval.rows`; one row per coalition."""
        flat = members + np.repeat(self.examples.offsets[game], lengths)
        yield np.arange(len(game)), flat, lengths


class Replacement:
    """Removed players are replaced by others at the same position.

    Args:
        examples: the instances.
        ids: int64 [s], contents of the substitutes.
        features: float32 [s, k].
        positions: int64 [s].
        substitutes: int64 [draws, players of all instances], which substitute takes the place of
            each player in each draw; the value is the mean over the draws.
    """

    def __init__(
        self,
        examples: Examples,
        ids: np.ndarray,
        features: np.ndarray,
        positions: np.ndarray,
        substitutes: np.ndarray,
    ) -> None:
        self._substitutes = substitutes + len(examples.ids)
        self.examples = replace(
            examples,
            ids=np.concatenate([examples.ids, ids]),
            features=np.concatenate([examples.features, features.astype(np.float32)]),
            positions=np.concatenate([examples.positions, positions]),
        )

    def rows(
        self, game: np.ndarray, members: np.ndarray, lengths: np.ndarray
    ) -> Iterator[TokenRows]:
        """See `FeatureRemoval.rows`; one row per draw, and one alone for a whole instance."""
        sizes = self.examples.lengths[game]
        begins = np.cumsum(sizes) - sizes
        flat = np.arange(sizes.sum()) + np.repeat(self.examples.offsets[game] - begins, sizes)
        present = np.zeros(len(flat), dtype=bool)
        present[members + np.repeat(begins, lengths)] = True
        which = np.arange(len(game))
        yield which, np.where(present, flat, self._substitutes[0][flat]), sizes
        partial = lengths < sizes
        inside = np.repeat(partial, sizes)
        for draw in self._substitutes[1:]:
            rows = np.where(present[inside], flat[inside], draw[flat[inside]])
            yield which[partial], rows, sizes[partial]


def masked(examples: Examples, encoding: Encoding) -> Replacement:
    """Removal by the domain's mark for an unknown value, with features of zero."""
    return Replacement(
        examples,
        DOMAINS[encoding.domain].unknown_ids(examples, encoding),
        np.zeros_like(examples.features),
        examples.positions,
        np.arange(len(examples.ids))[None],
    )


def interventional(
    examples: Examples, background: Examples, draws: int, rng: np.random.Generator
) -> Replacement:
    """Removal by the values of sampled background rows.

    Args:
        examples: rows of a table, each with all fields.
        background: rows to sample from, usually those of training.
        draws: rows in the sample, all of them when there are no more.
        rng: the random stream.

    Raises:
        ValueError: when the instances do not all have the same fields, or there is no background.
    """
    lengths = np.concatenate([examples.lengths, background.lengths])
    if len(background) == 0 or np.ptp(lengths) > 0:
        raise ValueError(
            "background removal needs instances and background rows with the same fields; "
            "use the removal absent or mask for other data"
        )
    fields = int(lengths[0])
    size = min(draws, len(background))
    sample = background.take(np.sort(rng.choice(len(background), size=size, replace=False)))
    places = np.arange(size)[:, None] * fields + examples.positions
    return Replacement(examples, sample.ids, sample.features, sample.positions, places)


def feature_removal(
    kind: str,
    examples: Examples,
    encoding: Encoding,
    background: Examples | None = None,
    draws: int = 32,
    rng: np.random.Generator | None = None,
) -> FeatureRemoval:
    """The removal of this name for some instances.

    Args:
        kind: ``absent``, ``mask`` or ``background``.
        examples: the instances.
        encoding: of their study.
        background, draws, rng: for ``background`` only; see `interventional`.

    Raises:
        ValueError: for an unknown kind, and for ``background`` where it does not suit the domain.
    """
    if kind == "absent":
        return Omission(examples)
    if kind == "mask":
        return masked(examples, encoding)
    if kind != "background":
        raise ValueError(f"unknown removal {kind!r}; there are {', '.join(REMOVALS)}")
    allowed = kind in DOMAINS[encoding.domain].removals
    if not allowed or background is None or rng is None:
        raise ValueError(
            f"background removal is for tables with training rows, not for the study "
            f"{encoding.study} ({encoding.domain}); use the removal absent or mask"
        )
    return interventional(examples, background, draws, rng)
