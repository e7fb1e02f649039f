"""Small language models of ours: a byte-pair tokenizer and the one transformer, made causal."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from torch.nn import functional

from vitrine.language.export import START_TOKEN
from vitrine.language.settings import LanguageModelSettings
from vitrine.models.transformer import Architecture, Transformer
from vitrine.models.whole_rows import tokens_of_ids
from vitrine.seeds import derive
from vitrine.training.loop import training_steps

REPORTS = 20
WEIGHT_DECAY = 0.01


def fit_tokenizer(texts: Sequence[str], size: int) -> str:
    """Fit a byte-pair tokenizer and return it as JSON; entry 0 is the start token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[START_TOKEN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return str(tokenizer.to_str())


def language_model(settings: LanguageModelSettings, vocabulary: int) -> Transformer:
    """A language model with random weights that ``transformers`` can read once exported.

    Args:
        settings: its size.
        vocabulary: number of entries of the tokenizer.
    """
    model = Transformer(
        Architecture(
            layers=settings.layers,
            heads=settings.heads,
            width=settings.width,
            vocabulary=vocabulary,
            features=0,
            feature_groups=1,
            # The start token takes one position of the context.
            positions=settings.context - 1,
            relative=0,
            outputs=0,
            causal=True,
            readout="last",
            dropout=0.0,
        )
    )
    assert model.bias is not None
    # GPT-2 has none.
    model.bias.requires_grad_(False)
    return model


def pieces(
    ids: Sequence[Sequence[int]], length: int, count: int, repeated: float, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Draw batches of pieces that begin where a text begins and continue into the next texts.

    Args:
        ids: of texts.
        length: of a piece, in tokens.
        count: pieces in a batch.
        repeated: share of the pieces that are random tokens of these texts, repeated with a period
            between an eighth and half of the piece.
        rng: the random stream.

    Yields:
        int64 [count, length].
    """
    stream = np.concatenate([np.asarray(text, dtype=np.int64) for text in ids])
    distinct = np.unique(stream)
    starts = np.cumsum([0, *(len(text) for text in ids[:-1])])
    # Wrapped around, so that the last texts are followed by others.
    stream = np.resize(stream, len(stream) + length)
    while True:
        batch = stream[rng.choice(starts, count)[:, None] + np.arange(length)]
        for row in np.flatnonzero(rng.random(count) < repeated):
            period = int(rng.integers(max(length // 8, 1), max(length // 2, 2)))
            batch[row] = np.resize(rng.choice(distinct, period), length)
        yield batch


def train_language(
    texts: Sequence[str],
    tokenizer: str,
    settings: LanguageModelSettings,
    *,
    device: torch.device,
    report: Callable[[dict[str, float], int], None],
) -> Transformer:
    """Train a language model.

    Args:
        texts: the training texts.
        tokenizer: as JSON.
        settings: size and training.
        device: where to train.
        report: called with the ``loss`` (nats per token) and the step, about `REPORTS` times.

    Returns:
        The model on the CPU, in evaluation mode.

    Raises:
        FloatingPointError: the loss is no longer finite.
    """
    torch.manual_seed(derive(settings.seed, "weights"))
    encoder = Tokenizer.from_str(tokenizer)
    ids = [encoding.ids for encoding in encoder.encode_batch(list(texts)) if encoding.ids]
    model = language_model(settings, encoder.get_vocab_size()).to(device)
    rng = np.random.default_rng(derive(settings.seed, "batches"))
    batches = pieces(ids, settings.context, settings.batch_size, settings.repeated, rng)

    def loss() -> Tensor:
        targets = torch.from_numpy(next(batches))
        scores = model.scores(model.states(tokens_of_ids(targets[:, :-1]).to(device)))
        return functional.cross_entropy(scores.flatten(0, 1), targets.flatten().to(device))

    every = max(settings.steps // REPORTS, 1)
    for step, value in training_steps(
        model,
        loss,
        steps=settings.steps,
        learning_rate=settings.learning_rate,
        weight_decay=WEIGHT_DECAY,
        check_every=every,
    ):
        if step % every == 0 or step == settings.steps - 1:
            report({"loss": value.item()}, step)
    return model.cpu().eval()
