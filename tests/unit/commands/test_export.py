"""Models as folders of transformers: equal logits, or a clear reason why not."""

import decoders
import numpy as np
import pytest
import tiny
import torch

from vitrine.__main__ import main
from vitrine.language.export import NotExportableError, export, gpt2, obstacles
from vitrine.language.scoring import score
from vitrine.language.settings import LanguageModelSettings
from vitrine.language.train import fit_tokenizer, language_model, pieces, train_language
from vitrine.models.storage import save_model
from vitrine.models.transformer import Transformer
from vitrine.models.whole_rows import tokens_of_ids

SETTINGS = LanguageModelSettings(
    layers=2,
    heads=4,
    width=32,
    context=48,
    steps=60,
    batch_size=8,
    learning_rate=0.01,
    repeated=0.2,
    seed=0,
)


def test_a_decoder_that_we_train_is_the_same_in_transformers(tmp_path):
    tokenizer = fit_tokenizer(decoders.TEXTS, 300)
    losses = []
    model = train_language(
        decoders.TEXTS,
        tokenizer,
        SETTINGS,
        device=torch.device("cpu"),
        report=lambda values, step: losses.append((step, values["loss"])),
    )
    assert losses[0][1] > 4
    assert losses[-1][1] < 0.7 * losses[0][1]
    export(model, tmp_path, tokenizer)
    net = decoders.plain(tmp_path)
    ids = torch.randint(1, 300, (3, 47), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours = model.scores(model.states(tokens_of_ids(ids)))
        theirs = net(torch.nn.functional.pad(ids, (1, 0), value=0)).logits
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    decoder = decoders.read(tmp_path)
    assert decoder.limit == 48
    assert decoder.start == 0
    text = decoder.encode(decoders.TEXTS[0])[:40]
    (found,) = score(decoder, [([decoder.start], text)])
    with torch.no_grad():
        logs = model.scores(model.states(tokens_of_ids(torch.tensor([text[:-1]])))).log_softmax(
            dim=-1
        )
    expected = logs[0, range(len(text)), text]
    np.testing.assert_allclose(found.logs, expected.numpy(), atol=1e-5)
    assert decoder.tokenizer.decode(decoder.encode("fine tea")) == "fine tea"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"causal": False}, "attention is bidirectional"),
        ({"outputs": 3}, "scores classes"),
        ({"relative": 4}, "relative-position"),
        ({"positions": 0}, "relative-position"),
        ({"features": 2}, "numeric features"),
        ({"norm": False}, "no layer norms"),
        ({"mlp": False}, "no MLPs"),
        ({"linear": True}, "attention is linear"),
    ],
)
def test_what_is_no_gpt2_says_why(changes, reason):
    shape = tiny.architecture(**({"causal": True, "outputs": 0, "features": 0} | changes))
    (found,) = obstacles(shape)
    assert reason in found
    with pytest.raises(NotExportableError, match=reason):
        gpt2(Transformer(shape))


def test_a_bias_on_the_vocabulary_is_no_gpt2s():
    model = language_model(SETTINGS, 40)
    gpt2(model)
    model.bias.data[3] = 0.1
    with pytest.raises(NotExportableError, match="have a bias"):
        gpt2(model)


def test_pieces_begin_with_texts_and_some_repeat_themselves():
    texts = [[10 * k + i for i in range(7)] for k in range(5)]
    batch = next(pieces(texts, 16, 400, 0.5, np.random.default_rng(0)))
    assert batch.shape == (400, 16)
    periods = [next((p for p in range(2, 9) if (row[p:] == row[:-p]).all()), None) for row in batch]
    assert 150 < sum(period is not None for period in periods) < 250
    assert len({period for period in periods if period}) > 3
    assert set(batch.ravel()) <= {one for text in texts for one in text}
    wholes = [row for row, period in zip(batch, periods, strict=True) if period is None]
    assert {row[0] for row in wholes} == {0, 10, 20, 30, 40}
    whole = wholes[0]
    stream = [one for text in texts for one in text] * 2
    begin = stream.index(whole[0])
    assert whole.tolist() == stream[begin : begin + 16]


def test_the_command_says_why_a_classifier_cannot_be_exported(tmp_path, capsys, monkeypatch):
    model = tiny.model(tiny.architecture(features=0))
    save_model(model, tmp_path / "model.safetensors", tmp_path / "architecture.json")
    monkeypatch.setattr("sys.argv", ["vitrine", "export", str(tmp_path), str(tmp_path / "out")])
    assert main() == 1
    said = capsys.readouterr().out
    assert "this model is no GPT-2: attention is bidirectional" in said
    assert "it scores classes" in said
    assert not (tmp_path / "out").exists()


def test_the_command_exports_a_causal_model(tmp_path, capsys, monkeypatch):
    model = language_model(SETTINGS, 40)
    save_model(model, tmp_path / "model.safetensors", tmp_path / "architecture.json")
    monkeypatch.setattr("sys.argv", ["vitrine", "export", str(tmp_path), str(tmp_path / "out")])
    assert main() == 0
    assert "GPT2LMHeadModel" in capsys.readouterr().out
    assert decoders.plain(tmp_path / "out").config.n_positions == 48
