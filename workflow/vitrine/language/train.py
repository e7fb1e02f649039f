"""Small language models of ours: a tokenizer of byte pairs and the one transformer, made causal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from torch.nn import functional

from vitrine.emergence.ability import words
from vitrine.emergence.training import schedule
from vitrine.language.export import START_TOKEN
from vitrine.models.transformer import Architecture, Transformer
from vitrine.seeds import derive
from vitrine.training.optimizer import AdamW

REPORTS = 20


def fit_tokenizer(texts: Sequence[str], size: int) -> str:
    """Byte pairs that texts are often made of, as JSON; entry 0 stands before every text."""
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
    return tokenizer.to_str()


def language_model(settings: Mapping[str, Any], vocabulary: int) -> Transformer:
    """A language model with random weights that ``transformers`` could have too.

    Args:
        settings: ``layers, heads, width, context``.
        vocabulary: entries of the tokenizer.
    """
    model = Transformer(
        Architecture(
            layers=settings["layers"],
            heads=settings["heads"],
            width=settings["width"],
            vocabulary=vocabulary,
            features=0,
            feature_groups=1,
            # The start token takes one place of the context.
            positions=settings["context"] - 1,
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
    """Draw batches of pieces that begin where a text begins and go on into the next ones.

    Args:
        ids: of texts.
        length: of a piece, in tokens.
        count: pieces in a batch.
        repeated: share of the pieces that are random tokens of these texts, said again and again
            with a period between an eighth and half of the piece.
        rng: what draws them.

    Yields:
        int64 [count, length].
    """
    stream = np.concatenate([np.asarray(one, dtype=np.int64) for one in ids])
    known = np.unique(stream)
    starts = np.cumsum([0, *(len(one) for one in ids[:-1])])
    # Around the end, so that the last texts have something behind them.
    stream = np.resize(stream, len(stream) + length)
    while True:
        batch = stream[rng.choice(starts, count)[:, None] + np.arange(length)]
        for row in np.flatnonzero(rng.random(count) < repeated):
            period = int(rng.integers(max(length // 8, 1), max(length // 2, 2)))
            batch[row] = np.resize(rng.choice(known, period), length)
        yield batch


def train_language(
    texts: Sequence[str],
    tokenizer: str,
    settings: Mapping[str, Any],
    *,
    device: torch.device,
    report: Callable[[dict[str, float], int], None],
) -> Transformer:
    """Train a language model.

    Args:
        texts: what it reads.
        tokenizer: as JSON.
        settings: a section ``train`` of the configuration.
        device: where.
        report: called with the ``loss`` (nats per token) and the step, some times.

    Returns:
        The model on the CPU, in evaluation mode.

    Raises:
        FloatingPointError: when the loss is no longer finite.
    """
    torch.manual_seed(derive(settings["seed"], "weights"))
    encoder = Tokenizer.from_str(tokenizer)
    ids = [one.ids for one in encoder.encode_batch(list(texts)) if one.ids]
    model = language_model(settings, encoder.get_vocab_size()).to(device)
    parameters = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = AdamW(parameters, settings["learning_rate"], 0.01)
    rng = np.random.default_rng(derive(settings["seed"], "batches"))
    batches = pieces(ids, settings["context"], settings["batch_size"], settings["repeated"], rng)
    every = max(settings["steps"] // REPORTS, 1)
    for step in range(settings["steps"]):
        for group in optimizer.param_groups:
            group["lr"] = settings["learning_rate"] * schedule(step, settings["steps"])
        targets = torch.from_numpy(next(batches))
        logits = model.scores(model.states(words(targets[:, :-1]).to(device)))
        loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten().to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if step % every == 0 or step == settings["steps"] - 1:
            if not torch.isfinite(loss):
                raise FloatingPointError(
                    f"the loss is {loss.item()} at step {step}: lower the learning rate "
                    f"(now {settings['learning_rate']})"
                )
            report({"loss": loss.item()}, step)
    return model.cpu().eval()
