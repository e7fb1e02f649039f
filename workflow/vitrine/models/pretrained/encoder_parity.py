"""The parity of a pretrained encoder: the same texts or images through our path and its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from vitrine.data.domains.text.words import DEFAULT
from vitrine.data.examples import Examples
from vitrine.data.readers.bad import BadDataError
from vitrine.models.packing import Tokens, pack
from vitrine.models.pretrained.attention import OTHER_MODEL
from vitrine.models.pretrained.embeddings import ImageEmbedding, TextEmbedding
from vitrine.models.pretrained.parity import (
    TOLERANCE,
    Parity,
    checked,
    difference,
    listening,
    original_attention,
)

if TYPE_CHECKING:
    from vitrine.models.pretrained.adapter import Pretrained

# The longest text; shorter ones are its first words.
TEXT = (
    "The tea was warm, and it arrived on time. I would not buy the small cups again: two of them "
    "had cracks (at 19.90!), but the unbelievably friendly shop replaced both within a week."
)
WORDS = (1, 5, 14, 34)
IMAGES = 2


@dataclass(frozen=True)
class _Probe:
    """What is read on both paths.

    Attributes:
        tokens: for ours.
        inputs: for the model of ``transformers``, those of each text or image alone.
        order: its token at each place of ours; all in order if not given.
    """

    tokens: Tokens
    inputs: Sequence[Mapping[str, Any]]
    order: Tensor | None = None


@torch.no_grad()
def encoder_parity(model: "Pretrained") -> Parity:
    """Compare the states, and the logits of an own head, with those of ``transformers``.

    Expected are those of each text or image alone, found those of a padded batch, with and without
    hook points that somebody listens to.

    Args:
        model: on the CPU, in evaluation mode.

    Returns:
        The largest difference, which is small enough.

    Raises:
        BadDataError: the difference is too large, or a text is read as other tokens.
        ValueError: attention has an option that is not known.
    """
    name, model_type = model.shape.source["model"], model.shape.config["model_type"]
    embedding = model.embedding
    probe = (
        _texts(embedding, model.shape.tokenizer or "", name)
        if isinstance(embedding, TextEmbedding)
        else _images(embedding)
    )
    own_head = model.shape.own_head
    with original_attention(model.net):
        states = [model.net.base_model(**inputs).last_hidden_state[0] for inputs in probe.inputs]
        logits = [model.net(**inputs).logits[0, own_head] for inputs in probe.inputs if own_head]
    if probe.order is not None:
        states = [state[probe.order] for state in states]
    differences = []
    points = [m for path, m in model.named_modules() if path.endswith("hook_pattern")]
    for listened in ([], points):
        with listening(listened):
            found = model.states(probe.tokens)
        scores = model.scores(model.read(found, probe.tokens))
        for row, state in enumerate(states):
            differences.append(difference(found[row, : len(state)], state))
        differences += [difference(scores[row], one) for row, one in enumerate(logits)]
    # NaN is the largest of all here.
    worst = float(torch.tensor(differences).max())
    parity = Parity(
        "logits" if own_head else "states", worst, TOLERANCE, len(states), sum(map(len, states))
    )
    return checked(parity, name, model_type)


def _texts(embedding: TextEmbedding, tokenizer: str, name: str) -> _Probe:
    """Texts of several lengths that the model has room for."""
    words = embedding.words
    original = Tokenizer.from_str(tokenizer)
    original.no_truncation()
    original.no_padding()
    room = words.end + len(words.after)
    words_of_text = TEXT.split()
    texts = []
    for count in WORDS:
        while count > 1 and len(original.encode(" ".join(words_of_text[:count])).ids) > room:
            count -= 1
        texts.append(" ".join(words_of_text[:count]))
    # A price is two words.
    players = words.read(texts, DEFAULT, 2 * len(words_of_text))
    assert players.positions is not None
    rows = np.arange(len(texts))
    examples = Examples(
        instance=rows,
        ids=players.ids,
        features=players.features,
        positions=players.positions,
        offsets=np.concatenate([[0], np.cumsum(players.lengths)]),
        labels=np.zeros_like(rows),
    )
    tokens = pack(examples, np.arange(len(players.ids)), players.lengths)
    owners = embedding.owners(tokens)
    assert owners.ids is not None
    expected = [original.encode(text).ids for text in texts]
    for text, ids, present, pieces in zip(texts, owners.ids, owners.present, expected, strict=True):
        if ids[present].tolist() != pieces:
            raise BadDataError(
                name,
                f"the words of this model's tokenizer cannot be explained: {text!r} is read as "
                f"other tokens than the tokenizer gives; {OTHER_MODEL}",
            )
    return _Probe(tokens, [{"input_ids": torch.tensor([pieces])} for pieces in expected])


def _images(embedding: ImageEmbedding) -> _Probe:
    """Random images: patches of the study for ours, whole images for the original."""
    enlargement = embedding.enlargement
    grid, pixels = enlargement.grid, enlargement.pixels
    features = torch.rand((IMAGES, grid**2, pixels**2), generator=torch.Generator().manual_seed(0))
    places = torch.arange(grid**2).expand(IMAGES, -1)
    tokens = Tokens(torch.ones_like(places), features, places, None)
    side = enlargement.factor * enlargement.patch
    white = (features * enlargement.slope + enlargement.offset).view(-1, 1, pixels, pixels)
    patches = functional.interpolate(white, size=(side, side), mode="nearest")
    grey = patches.view(IMAGES, grid, grid, side, side).transpose(2, 3)
    grey = grey.reshape(IMAGES, 1, grid * side, grid * side)
    mean, deviation = (
        torch.tensor(part).view(1, -1, 1, 1) for part in (enlargement.mean, enlargement.deviation)
    )
    images = (grey - mean) / deviation
    specials = embedding.specials
    inside = specials + embedding.inside(places[0]).flatten()
    return _Probe(
        tokens,
        [{"pixel_values": image[None], "interpolate_pos_encoding": True} for image in images],
        torch.cat([torch.arange(specials), inside]),
    )
