"""Settings of the training. Light: the configuration imports this."""

from typing import Literal

from pydantic import Field

from vitrine.section import Section


class TrainingSettings(Section):
    """Training settings, the same for every model size."""

    epochs: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="Maximum number of passes over the training rows. Choose a generous value: "
        "`patience` stops the training early. The learning rate falls to zero by the last epoch.",
    )
    batch_size: int = Field(
        default=64,
        ge=1,
        le=65_536,
        description="Instances per optimisation step. Larger batches run faster but learn less "
        "per epoch; raise `learning_rate` as well.",
    )
    learning_rate: float = Field(
        default=0.001,
        gt=0,
        le=1,
        description="Peak of the learning-rate schedule (warm-up, then cosine decay). Tune this "
        "value first: divide it by three if the loss is unstable, multiply it by three if the "
        "loss falls slowly.",
    )
    weight_decay: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Weight decay (AdamW). Raise it if the training loss falls while the "
        "validation loss rises.",
    )
    warmup: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of the steps in which the learning rate rises from zero. A longer "
        "warm-up stabilises deep or wide models.",
    )
    dropout: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of activations set to zero during training. Use up to 0.5 for few "
        "rows, 0 for many.",
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Total target probability assigned to the other classes. 0.1 reduces the "
        "confidence of an overconfident model.",
    )
    token_dropping: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of the training instances from which a random subset of features is "
        "removed. Explanations remove features, so the model must be trained for it: at 0, "
        "explanations measure the model on inputs unlike its training data.",
    )
    gradient_clip: float = Field(
        default=1.0,
        gt=0,
        description="Maximum Euclidean norm of the gradient; larger gradients are scaled down to "
        "it.",
    )
    weight_averaging: float = Field(
        default=0.99,
        ge=0,
        lt=1,
        description="Decay per step of the exponential moving average of the weights, which is "
        "the saved model. 0.995 averages about 200 steps. An average over more than one or two "
        "epochs lags behind; 0 saves the weights of the last step.",
    )
    start: Literal["random", "neighbours", "documents"] = Field(
        default="random",
        description="Initial vectors of words or items: `random`, or similar for those that "
        "occur close together (`neighbours`) or in the same training instances (`documents`). "
        "Large vocabularies with few instances benefit most.",
    )
    patience: int = Field(
        default=5,
        ge=1,
        description="Epochs without improvement of the validation metric after which training "
        "stops. Raise it if the metric is noisy, for example with few validation rows.",
    )
    mixed_precision: bool = Field(
        default=True,
        description="Whether models of width 256 or more train in bfloat16 on GPUs that support "
        "it. Weights, loss and explanations stay in single precision. No effect on a CPU.",
    )
