"""Every architecture is computed as transformers computes it, or refused when it is loaded."""

import json
from pathlib import Path

import decoders
import numpy as np
import pandas as pd
import pretrained_models as encoders
import pytest
import torch
import transformers
from small_pretrained import made, texts_of
from transformers import AttentionInterface

from vitrine.data.examples import encode
from vitrine.language.heads import stream_maps
from vitrine.language.scoring import score
from vitrine.models.inference import logits
from vitrine.models.pretrained import attention
from vitrine.models.pretrained.attention import NAME, attend
from vitrine.models.pretrained.embeddings import TextEmbedding
from vitrine.models.storage import load_model, save_model

# Windows are shorter than the texts that are read at loading.
DECODERS = {
    "gpt2": ("gpt2", {}),
    "gpt2 with scaled layers": ("gpt2", {"scale_attn_by_inverse_layer_idx": True}),
    "gpt2 in another order": ("gpt2", {"reorder_and_upcast_attn": True}),
    "gpt_neox": ("gpt_neox", {}),
    "llama": ("llama", {}),
    "mistral": ("mistral", {"sliding_window": 6}),
    "qwen2": ("qwen2", {"use_sliding_window": True, "sliding_window": 6, "max_window_layers": 1}),
    "gemma": ("gemma", {}),
    "gemma2": ("gemma2", {"sliding_window": 6, "attn_logit_softcapping": 2.0}),
    "gpt_oss": ("gpt_oss", {"sliding_window": 6, "num_local_experts": 4}),
    "phi": ("phi", {}),
}
FALCONS = {
    "old architecture": {},
    "new architecture": {"new_decoder_architecture": True, "num_kv_heads": 2},
    "alibi": {"alibi": True},
}


@pytest.fixture(scope="module", params=DECODERS)
def folder(request, tmp_path_factory) -> Path:
    kind, changes = DECODERS[request.param]
    return decoders.save(kind, tmp_path_factory.mktemp(kind), **changes)


def test_a_language_model_scores_as_transformers_does_and_states_its_parity(folder):
    decoder, net = decoders.read(folder), decoders.plain(folder)
    assert 0 <= decoder.parity.difference <= 1e-4
    assert decoder.parity.compared == "logits"
    assert (decoder.parity.inputs, decoder.parity.tokens) == (3, 28)
    rng = np.random.default_rng(0)
    prefix = rng.integers(1, 300, 12).tolist()
    # Of several lengths, so that rows are padded, and with a prefix that is read once.
    requests = [(prefix + rng.integers(1, 300, n).tolist(), [5, 6]) for n in (1, 8, 3)]
    for found, (context, continuation) in zip(score(decoder, requests), requests, strict=True):
        with torch.no_grad():
            all_logits = net(torch.tensor([[*context, *continuation]])).logits[0].double()
        expected = all_logits.log_softmax(dim=1)[len(context) - 1 : -1]
        np.testing.assert_allclose(found.logs, expected[[0, 1], continuation].numpy(), atol=1e-4)


def test_the_weights_at_the_hook_points_are_those_of_transformers(folder, tmp_path):
    decoder, net = decoders.read(folder), decoders.plain(folder)
    ids = np.random.default_rng(1).integers(1, 300, 15).tolist()
    stream_maps(decoder, ids, tmp_path)
    with torch.no_grad():
        maps = net(torch.tensor([[decoder.start, *ids]]), output_attentions=True).attentions
    assert len(maps) == 2
    for layer, expected in enumerate(maps, start=1):
        found = np.load(tmp_path / f"layer{layer}.npy")
        np.testing.assert_allclose(found, expected[0].numpy(), atol=1e-3)


@pytest.mark.parametrize("changes", FALCONS.values(), ids=FALCONS)
def test_falcon_is_refused(changes, tmp_path):
    folder = decoders.save("falcon", tmp_path, **changes)
    message = r"the attention of FalconForCausalLM \(falcon\) cannot be observed .*another arch"
    with pytest.raises(ValueError, match=message):
        decoders.read(folder)
    with pytest.raises(ValueError, match="Falcon"):
        made(encoders.settings(folder, head="new"), encoders.text_encoding())


@pytest.mark.parametrize(("kind", "left_out"), [("gemma2", "softcap"), ("gpt_oss", "s_aux")])
def test_attention_that_leaves_something_out_is_refused_with_the_difference(
    kind, left_out, tmp_path
):
    folder = decoders.save(kind, tmp_path, **DECODERS[kind][1])

    def careless(*tensors, **options):
        options.pop(left_out)
        return attend(*tensors, **options)

    AttentionInterface.register(NAME, careless)
    try:
        with pytest.raises(ValueError, match=rf"{tmp_path.name}: this {kind} model is not c") as e:
            decoders.read(folder)
    finally:
        AttentionInterface.register(NAME, attend)
    assert "its logits differ by up to" in str(e.value)
    assert "0.0001 is accepted" in str(e.value)
    assert decoders.read(folder).parity.difference <= 1e-4


def test_an_option_of_attention_that_is_not_known_is_refused_by_its_name(tmp_path, monkeypatch):
    folder = decoders.save("llama", tmp_path)
    monkeypatch.setattr(attention, "WITHOUT_EFFECT", attention.WITHOUT_EFFECT - {"position_ids"})
    with pytest.raises(ValueError, match="LlamaAttention computes attention with the option `posi"):
        decoders.read(folder)


def test_a_model_that_keeps_its_attention_is_refused_since_nothing_is_compared(
    tmp_path, monkeypatch
):
    folder = decoders.save("llama", tmp_path)
    monkeypatch.setattr(transformers.PreTrainedModel, "set_attn_implementation", lambda *_: None)
    with pytest.raises(ValueError, match=r"the attention of LlamaForCausalLM \(llama\) cannot"):
        decoders.read(folder)


@pytest.mark.parametrize("causal", [False, True])
def test_a_causal_order_without_a_mask_is_refused(causal):
    module = torch.nn.Module()
    module.hook_pattern = module.hook_z = torch.nn.Identity()
    parts = torch.rand(3, 1, 2, 4, 8)
    if causal:
        with pytest.raises(ValueError, match="`is_causal`"):
            attend(module, *parts, None, is_causal=True)
    expected = (parts[0] @ parts[1].mT / 8**0.5).softmax(dim=-1) @ parts[2]
    found, _ = attend(module, *parts, None, is_causal=False, position_bias=None)
    torch.testing.assert_close(found, expected.transpose(1, 2))


@pytest.mark.parametrize("head", ["own", "new"])
@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta", "vit", "deit"])
def test_an_encoder_states_its_parity_from_its_files_too(kind, head, tmp_path):
    folder = encoders.save(kind, tmp_path / "source")
    if kind in ("vit", "deit"):
        # 6 pixels become 36 for a model of 32, so that positions are interpolated.
        encoding = encoders.image_encoding(6)
        flat = encoders.pictures(2, 6).reshape(2, -1)
        frame = pd.DataFrame(flat, columns=[f"pixel_{n:02d}" for n in range(36)])
        numbers = np.arange(2)
        examples = encode(frame, encoding, instance=numbers, labels=numbers)
        model = made(encoders.settings(folder, head=head), encoding, examples)
    else:
        model = made(encoders.settings(folder, head=head), encoders.text_encoding())
        examples = texts_of(model, encoders.TEXTS)
    save_model(model, tmp_path / "model.safetensors", tmp_path / "architecture.json")
    again = load_model(tmp_path / "model.safetensors", tmp_path / "architecture.json")
    assert again.parity.compared == {"own": "logits", "new": "states"}[head]
    assert 0 <= again.parity.difference <= 1e-4
    assert again.parity.inputs == (2 if kind in ("vit", "deit") else 4)
    # What was compared is in evaluation mode, and attention is ours again.
    assert not again.training
    assert again.net.config._attn_implementation == NAME
    if kind in ("vit", "deit"):
        np.testing.assert_array_equal(logits(again, examples), logits(model, examples))


def test_an_encoder_that_is_read_otherwise_is_refused(tmp_path, monkeypatch):
    # A BERT that was trained as a decoder reads only what stands before.
    folder = encoders.save("bert", tmp_path / "causal", is_decoder=True)
    with pytest.raises(
        ValueError, match=r"causal: this bert model is not computed .*its logits differ"
    ):
        made(encoders.settings(folder), encoders.text_encoding())
    folder = encoders.save("roberta", tmp_path / "shifted")
    made(encoders.settings(folder), encoders.text_encoding())
    embed = TextEmbedding.embed

    def shifted(self, tokens, owners):
        self._first += 1
        states = embed(self, tokens, owners)
        self._first -= 1
        return states

    monkeypatch.setattr(TextEmbedding, "embed", shifted)
    with pytest.raises(ValueError, match="shifted: this roberta model is not computed corr"):
        made(encoders.settings(folder), encoders.text_encoding())


def test_a_tokenizer_whose_words_are_read_otherwise_is_refused(tmp_path):
    folder = encoders.save("bert", tmp_path / "bert")
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    # It gives every text twice.
    tokenizer["post_processor"]["single"].insert(1, tokenizer["post_processor"]["single"][1])
    path.write_text(json.dumps(tokenizer))
    with pytest.raises(ValueError, match="is read as other tokens than the tokenizer gives"):
        made(encoders.settings(folder), encoders.text_encoding())
