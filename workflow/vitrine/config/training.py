"""How a model learns."""

from typing import Literal

from pydantic import Field

from vitrine.section import Section


class TrainingSettings(Section):
    """How a model of any scale learns."""

    epochs: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="The most passes over the training rows. Choose it generously: `patience` "
        "ends the training, and the learning rate falls to zero by the last epoch.",
    )
    batch_size: int = Field(
        default=64,
        ge=1,
        le=65_536,
        description="Instances per step. Larger batches run faster and learn less per epoch; "
        "raise `learning_rate` with it.",
    )
    learning_rate: float = Field(
        default=0.001,
        gt=0,
        le=1,
        description="Peak of the schedule (warm-up, then cosine). The first value to tune: lower "
        "it threefold when the loss jumps, raise it threefold when it creeps.",
    )
    weight_decay: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Pull of the weights towards zero (AdamW). Raise it when the training loss "
        "falls and the validation loss rises.",
    )
    warmup: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of the steps in which the learning rate rises from zero. More steadies "
        "deep or wide models.",
    )
    dropout: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of activations set to zero while training. Up to 0.5 for few rows, 0 "
        "for many.",
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Probability that the target gives to the other classes. 0.1 makes an "
        "overconfident model more moderate.",
    )
    token_dropping: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of the training instances that lose a random part of their players. "
        "Explanations take players away, and only a model that has met this answers sensibly; at "
        "0 they measure how it fails on inputs it never saw.",
    )
    gradient_clip: float = Field(
        default=1.0,
        gt=0,
        description="The longest gradient (Euclidean norm) that is applied whole; longer ones are "
        "shortened to it.",
    )
    weight_averaging: float = Field(
        default=0.99,
        ge=0,
        lt=1,
        description="Decay per step of the running average of the weights, which is what is kept. "
        "0.995 averages some 200 steps; more steps than an epoch or two lag behind, and 0 keeps "
        "the last step's weights.",
    )
    start: Literal["random", "neighbours", "documents"] = Field(
        default="random",
        description="Where the vectors of words or films start: `random`, or close to those that "
        "stand nearby (`neighbours`) or in the same training instances (`documents`). Large "
        "vocabularies with few instances gain much.",
    )
    patience: int = Field(
        default=5,
        ge=1,
        description="Epochs without a better validation metric before training stops. Raise it "
        "when the metric is noisy, as on few validation rows.",
    )
    mixed_precision: bool = Field(
        default=True,
        description="Whether models of width 256 and more train in bfloat16 on graphics cards that "
        "know it; weights, loss and explanations stay in single precision. No effect on a CPU.",
    )
