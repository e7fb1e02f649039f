"""Decoders as language models: what transformers computes, in batches and with shared prefixes."""

import weakref

import decoders as small
import numpy as np
import pytest
import torch
from torch.nn import functional

from vitrine.language.heads import (
    ablated,
    copying,
    head_scores,
    repeated,
    stream_maps,
    uniform_scores,
    without_heads,
)
from vitrine.language.scoring import pair, score


@pytest.fixture(scope="module", params=small.KINDS)
def folder(request, tmp_path_factory):
    return small.save(request.param, tmp_path_factory.mktemp(request.param))


def loss_of_transformers(net, context, continuation):
    """The sum of the continuation's losses as the model itself computes its mean."""
    ids = torch.tensor([[*context, *continuation]])
    labels = ids.clone()
    labels[:, : len(context)] = -100
    with torch.no_grad():
        found = net(input_ids=ids, labels=labels)
    hits = found.logits[0, len(context) - 1 : -1].argmax(dim=1) == ids[0, len(context) :]
    return -found.loss.item() * len(continuation), bool(hits.all())


def test_log_likelihoods_are_those_of_transformers(folder):
    decoder, net = small.read(folder), small.plain(folder)
    texts = [
        ("The tea was", " good and warm"),
        ("The tea was ", "good"),
        ("", "bad"),
        (small.TEXTS[1], " never again. The soup"),
    ]
    requests = [pair(decoder, *text) for text in texts]
    # The same context with several continuations, one of them what the model itself would say.
    with torch.no_grad():
        said = net(torch.tensor([requests[0][0]])).logits[0, -1].argmax().item()
    requests += [(requests[0][0], [said]), (requests[0][0], [(said + 1) % 300])]
    found = score(decoder, requests)
    for one, (context, continuation) in zip(found, requests, strict=True):
        expected, greedy = loss_of_transformers(net, context, continuation)
        assert one.log_likelihood == pytest.approx(expected, abs=1e-5 * len(continuation))
        assert one.greedy == greedy
        assert len(one.logs) == len(continuation)
    assert [one.greedy for one in found[-2:]] == [True, False]


def test_a_continuation_has_the_spaces_that_end_its_context(folder):
    decoder = small.read(folder)
    assert pair(decoder, "The tea was ", "good") == pair(decoder, "The tea was", " good")
    assert pair(decoder, " ", "good") == ([decoder.start], decoder.encode(" good"))


def test_a_shared_prefix_is_read_once_and_changes_nothing(folder):
    decoder = small.read(folder)
    prefix = decoder.encode(small.TEXTS[0] + small.TEXTS[2])
    rng = np.random.default_rng(0)
    requests = [
        (prefix + rng.integers(1, 300, size).tolist(), rng.integers(1, 300, 1 + size % 3).tolist())
        for size in (1, 4, 9, 2, 7, 3)
    ]
    lengths = []
    decoder.net.get_input_embeddings().register_forward_hook(
        lambda _module, inputs, _output: lengths.append(inputs[0].shape)
    )
    together = score(decoder, requests)
    assert lengths[0] == (1, len(prefix))
    assert all(shape[1] <= 9 + 2 for shape in lengths[1:])
    alone = [score(decoder, [request])[0] for request in requests]
    few = score(decoder, requests, megabytes=1)
    for one, two, three in zip(together, alone, few, strict=True):
        np.testing.assert_allclose(one.logs, two.logs, atol=1e-5)
        np.testing.assert_allclose(three.logs, two.logs, atol=1e-5)


def test_what_is_too_long_loses_its_beginning(folder):
    decoder, net = small.read(folder), small.plain(folder)
    context = np.random.default_rng(0).integers(1, 300, 120).tolist()
    (found,) = score(decoder, [(context, [5, 6])])
    # The last token is not read, so one more than the limit takes part.
    ids = torch.tensor([[*context, 5, 6][-(decoder.limit + 1) :]])
    with torch.no_grad():
        logits = net(ids[:, :-1]).logits[0, -2:]
    expected = functional.log_softmax(logits, dim=1)[[0, 1], [5, 6]]
    np.testing.assert_allclose(found.logs, expected.double().numpy(), atol=1e-5)
    with pytest.raises(ValueError, match="cannot be scored by a model that reads 96"):
        score(decoder, [([1], list(range(97)))])
    with pytest.raises(ValueError, match="a context of 0"):
        score(decoder, [([], [1])])


def test_an_encoder_is_no_language_model(tmp_path):
    import pretrained_models

    folder = pretrained_models.save("bert", tmp_path / "bert")
    with pytest.raises(ValueError, match=r"no language model|cannot be observed"):
        small.read(folder)


def test_maps_are_those_of_transformers_and_stream_to_disk_one_layer_at_a_time(folder, tmp_path):
    decoder, net = small.read(folder), small.plain(folder)
    ids = decoder.encode(small.TEXTS[0])
    alive, most = [], []
    for point in decoder.patterns:
        point.register_forward_hook(
            lambda _module, _inputs, maps: (
                alive.append(weakref.ref(maps)),
                most.append(sum(one() is not None for one in alive)),
                None,
            )[-1]
        )
    stream_maps(decoder, ids, tmp_path / "maps")
    assert most == [1] * decoder.layers
    with torch.no_grad():
        expected = net(torch.tensor([[decoder.start, *ids]]), output_attentions=True).attentions
    for layer, maps in enumerate(expected, start=1):
        found = np.load(tmp_path / "maps" / f"layer{layer}.npy", mmap_mode="r")
        assert found.dtype == np.float16
        np.testing.assert_allclose(found, maps[0].numpy(), atol=1e-3)
    with pytest.raises(ValueError, match="a text of 96 tokens"):
        stream_maps(decoder, [1] * 96, tmp_path / "long")


def test_head_scores_are_means_of_the_maps(folder):
    decoder, net = small.read(folder), small.plain(folder)
    ids = repeated(decoder, 11, 6, np.random.default_rng(0))
    assert (ids[:, :6] == ids[:, 6:]).all()
    assert decoder.start not in ids
    found = head_scores(decoder, ids)
    with torch.no_grad():
        given = torch.nn.functional.pad(torch.tensor(ids), (1, 0), value=decoder.start)
        maps = torch.stack(net(given, output_attentions=True).attentions).numpy()
    previous = np.mean([maps[..., q, q - 1] for q in range(2, 13)], axis=(0, 2))
    # The token at 7 occurred at 1, and at 2 stands what followed it.
    matching = np.mean([maps[..., q, q - 5] for q in range(7, 13)], axis=(0, 2))
    np.testing.assert_allclose(found["previous"], previous, atol=1e-5)
    np.testing.assert_allclose(found["prefix_matching"], matching, atol=1e-5)


def test_even_attention_has_the_scores_that_are_said(folder):
    decoder = small.read(folder)
    ids = repeated(decoder, 3, 5, np.random.default_rng(0))
    sees = torch.ones(11, 11).tril()
    flat = sees / sees.sum(dim=1, keepdim=True)
    for point in decoder.patterns:
        point.register_forward_hook(lambda _module, _inputs, maps: flat.expand_as(maps))
    found = head_scores(decoder, ids)
    for name, value in uniform_scores(5).items():
        np.testing.assert_allclose(found[name], value, atol=1e-6)


def test_an_ablated_head_says_the_same_to_every_row(folder):
    decoder = small.read(folder)
    ids = repeated(decoder, 4, 6, np.random.default_rng(0))
    seen = {}
    with ablated(decoder, {1: [2]}):
        handles = [
            point.register_forward_hook(
                lambda _module, _inputs, z, layer=layer: seen.__setitem__(layer, z)
            )
            for layer, point in enumerate(decoder.outputs)
        ]
        without = copying(decoder, ids)
        for handle in handles:
            handle.remove()
    constant = [
        [bool((z[:, h] - z[:1, h]).abs().max() < 1e-6) for h in range(4)] for z in seen.values()
    ]
    assert constant == [[False] * 4, [False, False, True, False]]
    intact = copying(decoder, ids)
    assert intact["n"].tolist() == [24, 24]
    assert (without["nll"] - intact["nll"]).abs().max() > 1e-4
    scores = np.zeros((2, 4))
    scores[1, 2] = 1
    found = without_heads(decoder, ids, scores, 1, np.random.default_rng(0))
    assert found["intact"] == pytest.approx(intact["nll"][1])
    assert found["without_matching"] == pytest.approx(without["nll"][1])
    assert found["without_others"] != pytest.approx(without["nll"][1])
