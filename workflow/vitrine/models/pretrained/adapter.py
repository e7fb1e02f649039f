"""A pretrained encoder behind the interface of our own models."""

from typing import Any

import torch
import transformers
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from vitrine.data.encoding import Encoding, Players
from vitrine.models.dropout import Dropout
from vitrine.models.model import Model
from vitrine.models.packing import Tokens
from vitrine.models.pretrained.attention import NAME, observe
from vitrine.models.pretrained.embeddings import ImageEmbedding, TextEmbedding, TokenOwners
from vitrine.models.pretrained.encoder_parity import encoder_parity
from vitrine.models.pretrained.shape import Enlargement, PretrainedShape
from vitrine.models.pretrained.source import CLASSES, ModelSource, require_attention
from vitrine.models.pretrained.word_pieces import word_pieces_of


class OriginalHead(nn.Module):
    """The head of a sequence or image classifier of ``transformers``, on the start token's state.

    Args:
        net: a classifier of the families BERT, DistilBERT, RoBERTa, ViT or DeiT.
        order: its output of each class.
    """

    def __init__(self, net: Any, order: list[int]) -> None:
        super().__init__()
        if not hasattr(net, "classifier"):
            raise ValueError(f"the head of {type(net).__name__} is not known; use `head: new`")
        self._order = order
        self.pooler = getattr(net.base_model, "pooler", None)
        self.before = getattr(net, "pre_classifier", None)
        self.classifier = net.classifier
        # RoBERTa's head takes the start token's state out of those of all tokens itself.
        self._of_all = not isinstance(net.classifier, nn.Linear)

    def forward(self, states: Tensor) -> Tensor:
        """Logits of the start token's states: float [..., width] to [..., classes]."""
        x = states.reshape(-1, 1, states.shape[-1])
        if self.pooler is not None:
            x = self.pooler(x)[:, None]
        if self.before is not None:
            x = functional.relu(self.before(x))
        logits = self.classifier(x if self._of_all else x[:, 0])
        output: Tensor = logits.reshape(*states.shape[:-1], -1)[..., self._order]
        return output


def kind(shape: PretrainedShape) -> str:
    """The key of `CLASSES` under which ``transformers`` has it."""
    if shape.own_head is None:
        return "body"
    return "text" if shape.tokenizer is not None else "image"


def network(shape: PretrainedShape) -> PreTrainedModel:
    """The model of ``transformers``, with random weights and attention that can be observed."""
    foreign = "remote_code" in shape.allow
    if foreign:
        # Only with the files beside its configuration is it known what the model is.
        source = ModelSource.of_shape(shape)
        config = source.config()
    else:
        facts = dict(shape.config)
        config = transformers.AutoConfig.for_model(facts.pop("model_type"), **facts)
    require_attention(kind(shape), config)
    model: PreTrainedModel = CLASSES[kind(shape)].from_config(
        config, attn_implementation=NAME, dtype=torch.float32, trust_remote_code=foreign
    )
    return model


class Pretrained(Model):
    """Embedding, blocks, final norm and head of a pretrained encoder, and its hook points.

    The names of its parts are those of `vitrine.models.transformer.Transformer`. A player may have
    several tokens, so states and attention are those of tokens; `by_player` and `maps_by_player`
    give those of players, where all tokens that belong to no player count as the start.

    Args:
        shape: what it is.
        net: the model of ``transformers`` to take the weights of; random ones if not given.

    Raises:
        ValueError: for architectures whose embedding or attention is not known.
    """

    def __init__(self, shape: PretrainedShape, net: PreTrainedModel | None = None) -> None:
        super().__init__()
        self.shape = shape
        net = network(shape) if net is None else net
        body: Any = net.base_model
        self.blocks = nn.ModuleList(observe(body))
        self.embedding = _embedding_of(body, shape)
        self.norm = getattr(body, "layernorm", nn.Identity())
        self.head = (
            nn.Linear(shape.width, shape.outputs)
            if shape.own_head is None
            else OriginalHead(net, shape.own_head)
        )
        if shape.own_head is None and getattr(body, "pooler", None) is not None:
            # Nothing reads it.
            body.pooler = None
        # For export; a tuple, so that the parts are not listed twice.
        self._net = (net,)
        for part in (self.blocks, self.embedding):
            _replace_dropout(part, shape.dropout)
        self._frozen = [
            *([] if shape.tuned_embedding else [self.embedding]),
            *self.blocks[: shape.layers - shape.tuned_layers],
            *([] if shape.tuned_layers else [self.norm]),
            *([self.head] if shape.own_head is not None and not shape.tuned_layers else []),
        ]
        for part in self._frozen:
            part.requires_grad_(False)

    @property
    def net(self) -> PreTrainedModel:
        """The model of ``transformers`` with these weights, without a head of ours."""
        return self._net[0]

    @property
    def hook_hidden(self) -> str:
        """The end of the names of the modules that hidden units leave."""
        names = [
            name
            for name, module in self.blocks[0].named_modules()
            if type(module).__module__.startswith(
                ("transformers.activations", "torch.nn.modules.act")
            )
        ]
        text: str = names[-1]
        return text

    def check_parity(self) -> None:
        """See `Model.check_parity`; leaves the result in ``parity``."""
        training = self.training
        self.eval()
        # It has parts that are not among ours, such as a dropout before its head.
        self.net.train(False)
        self.parity = encoder_parity(self)
        self.train(training)

    def encode(self, frame: Any, encoding: Encoding) -> Players | None:
        """The players of the rows of a table, where they are not those of the domain."""
        embedding = self.embedding
        if not isinstance(embedding, TextEmbedding):
            return None
        return embedding.words(frame, encoding)

    def train(self, mode: bool = True) -> "Pretrained":
        """Switch dropout on, but not in what is not trained."""
        super().train(mode)
        for part in self._frozen:
            part.train(False)
        return self

    def embedded(self, tokens: Tokens) -> Tensor:
        """The stream that enters the first block, float [batch, tokens, width]."""
        return self.embedding.embed(tokens, self.embedding.owners(tokens))

    def states(
        self, tokens: Tokens, gates: Tensor | None = None, presence: Tensor | None = None
    ) -> Tensor:
        """See `Model.states`."""
        owners = self.embedding.owners(tokens)
        x = self.embedding.embed(tokens, owners)
        if gates is not None:
            x = x * owners.of_owner(gates)[..., None]
        bias = self._bias(owners, presence)
        block: Any
        for block in self.blocks:
            x = block.hook_residual(block(x, attention_mask=bias))
        output: Tensor = self.norm(x)
        return output

    def _bias(self, owners: TokenOwners, presence: Tensor | None) -> Tensor | None:
        """What is added to attention scores, float [batch, 1, 1, tokens]; None where nothing is."""
        present = owners.present
        if presence is None and bool(present.all()):
            return None
        bias = torch.zeros(present.shape, device=present.device)
        if presence is not None:
            # Adding log p to a score multiplies the weight before the softmax by p.
            bias = owners.of_owner(presence).log()
        return bias.masked_fill(~present, -torch.inf)[:, None, None, :]

    def read(self, states: Tensor, tokens: Tokens, presence: Tensor | None = None) -> Tensor:
        """See `Model.read`."""
        if self.shape.readout == "start":
            return states[:, 0]
        weights = self._weights(self.embedding.owners(tokens), presence)
        return (states * weights[..., None]).sum(dim=1)

    def _weights(self, owners: TokenOwners, presence: Tensor | None) -> Tensor:
        weights = owners.present.float()
        if self.shape.readout == "start":
            return functional.pad(torch.zeros_like(weights[:, 1:]), (1, 0), value=1.0)
        if presence is not None:
            weights = weights * owners.of_owner(presence)
        return weights / weights.sum(dim=1, keepdim=True)

    def readout_weights(self, tokens: Tokens, presence: Tensor | None = None) -> Tensor:
        """See `Model.readout_weights`."""
        owners = self.embedding.owners(tokens)
        members = owners.members(tokens.ids.shape[1])
        return torch.einsum("bpt,bt->bp", members, self._weights(owners, presence))

    def scores(self, states: Tensor) -> Tensor:
        """See `Model.scores`."""
        output: Tensor = self.head(states)
        return output

    def score(self, states: Tensor, outputs: Tensor) -> Tensor:
        """See `Model.score`."""
        return self.scores(states).gather(1, outputs[:, None])[:, 0]

    def by_player(self, values: Tensor, tokens: Tokens) -> Tensor:
        """See `Model.by_player`; the mean over the tokens of each."""
        members = self.embedding.owners(tokens).members(tokens.ids.shape[1])
        means = members / members.sum(dim=-1, keepdim=True).clamp(min=1)
        return torch.einsum("bpt,bt...->bp...", means, values)

    def maps_by_player(self, maps: Tensor, tokens: Tokens) -> Tensor:
        """See `Model.maps_by_player`.

        What a player attends to is the mean over its tokens, and what attends to it their sum. One
        without tokens attends to itself.
        """
        members = self.embedding.owners(tokens).members(tokens.ids.shape[1])
        counts = members.sum(dim=-1)
        means = members / counts[..., None].clamp(min=1)
        by_player = torch.einsum("bpt,b...ts,bqs->b...pq", means, maps, members)
        isolated = torch.diag_embed((counts == 0).float())
        return by_player + isolated[:, *(None,) * (by_player.ndim - 3)]


def _replace_dropout(part: nn.Module, share: float) -> None:
    for module in list(part.modules()):
        for name, child in module.named_children():
            # That of attention is looked at, but not called.
            if isinstance(child, nn.Dropout) and not hasattr(module, "hook_pattern"):
                setattr(module, name, Dropout(share))


def _embedding_of(body: Any, shape: PretrainedShape) -> TextEmbedding | ImageEmbedding:
    embeddings: Any = getattr(body, "embeddings", None)
    if shape.image is not None and hasattr(embeddings, "patch_embeddings"):
        return ImageEmbedding(embeddings, Enlargement(**shape.image))
    if shape.tokenizer is not None and hasattr(embeddings, "word_embeddings"):
        places = embeddings.position_embeddings.num_embeddings
        places -= getattr(embeddings, "padding_idx", -1) + 1
        return TextEmbedding(embeddings, word_pieces_of(shape.tokenizer, shape.mask, places))
    raise ValueError(
        f"{type(body).__name__} ({body.config.model_type}) is no encoder of the families BERT, "
        f"DistilBERT, RoBERTa (for texts), ViT or DeiT (for images)"
    )
