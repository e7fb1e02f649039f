"""From a trained model to a folder that ``transformers`` reads, without any code of ours."""

from pathlib import Path
from typing import Any

import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import nn

from vitrine.models.pretrained.adapter import Pretrained

HEAD = "head.safetensors"


def export(model: Pretrained, folder: Path) -> str:
    """Write a folder for ``from_pretrained``.

    Args:
        model: trained on texts or images.
        folder: where to; made if need be.

    Returns:
        The class of ``transformers`` to read it with. That of a classifier where ``transformers``
        has one of this kind; else that of the body, and the linear head lies beside it in
        ``head.safetensors`` (``weight`` [classes, width], ``bias`` [classes]).
    """
    folder.mkdir(parents=True, exist_ok=True)
    shape, net = model.shape, model.net
    if shape.own_head is None and shape.image is not None and shape.readout == "start":
        net = _image_classifier(model)
    elif shape.own_head is None:
        head = {name: weight.contiguous() for name, weight in model.head.state_dict().items()}
        save_file(head, folder / HEAD)
    net.save_pretrained(folder)
    if shape.tokenizer is not None:
        _tokenizer(model).save_pretrained(folder)
    return type(net).__name__


def _image_classifier(model: Pretrained) -> transformers.PreTrainedModel:
    """ViT and DeiT classify the start token's state by a linear map, as a new head does."""
    facts = dict(model.shape.config)
    kind = facts.pop("model_type")
    for name in ("id2label", "label2id", "architectures"):
        facts.pop(name, None)
    config = transformers.AutoConfig.for_model(kind, **facts, num_labels=model.shape.outputs)
    name = type(model.net).__name__.removesuffix("Model") + "ForImageClassification"
    config.architectures = [name]
    classifier: Any = transformers.AutoModelForImageClassification
    net: Any = classifier.from_config(config)
    body: nn.Module = net.base_model
    body.load_state_dict(model.net.state_dict(), strict=False)
    net.classifier.load_state_dict(model.head.state_dict())
    exported: transformers.PreTrainedModel = net
    return exported


def _tokenizer(model: Pretrained) -> transformers.PreTrainedTokenizerFast:
    tokenizer = Tokenizer.from_str(model.shape.tokenizer)
    padding = model.net.config.pad_token_id
    fast: Any = transformers.PreTrainedTokenizerFast
    wrapped: transformers.PreTrainedTokenizerFast = fast(
        tokenizer_object=tokenizer,
        mask_token=tokenizer.id_to_token(model.shape.mask),
        pad_token=None if padding is None else tokenizer.id_to_token(padding),
    )
    return wrapped
