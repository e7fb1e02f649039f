"""What the Emergence page says of each ability before any number is known."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lesson:
    """An ability as a lecture tells it: the task, what theory knows, and the phases' figure."""

    title: str
    task: str
    theory: str
    source: str
    phases: dict[str, str]
    """Metrics of the figure of phases, by name, to their titles."""
    axis: str


LESSONS = {
    "markov": Lesson(
        "Chains in the context",
        "Every row is drawn from a Markov chain of its own, with three symbols and random "
        "transitions. To foretell the next symbol, the model must learn the chain while it reads.",
        "Bayes’ answer counts what has followed the present symbol so far. It needs two steps: "
        "every place must first know which symbol came before it, and then the present symbol can "
        "look up its earlier occurrences. A single layer of attention can only count how often "
        "each symbol has come (the unigram answer). The distance to Bayes’ answer is a "
        "Kullback-Leibler divergence in nats: 0 is the best that any predictor can do.",
        "Edelman et al. 2024",
        {"kl_bayes": "distance to Bayes’ answer", "kl_unigram": "distance to counting symbols"},
        "Kullback-Leibler divergence (nats per symbol)",
    ),
    "heads": Lesson(
        "Induction heads",
        "Chains again, with more symbols, so that each pair is rare and one head that looks up "
        "pairs stands out.",
        "An induction head attends to the places behind earlier occurrences of the present "
        "symbol. It works only after a head in an earlier layer has told every place its "
        "predecessor. If this is the mechanism, taking either layer away must destroy the "
        "ability, and a linear probe must find the predecessor after the first layer and not "
        "before.",
        "Olsson et al. 2022",
        {"induction": "induction score", "previous": "previous-symbol score"},
        "Attention of the best head (share)",
    ),
    "repeat": Lesson(
        "Repetition",
        "A block of distinct random symbols comes again and again. Its length differs from row to "
        "row, so that a fixed distance does not help.",
        "From the second symbol of the first repetition on, everything is certain: the optimum is "
        "an accuracy of 1. Without the ability one of the block’s symbols is guessed.",
        "Olsson et al. 2022",
        {"accuracy": "accuracy", "induction": "prefix-matching score"},
        "Share",
    ),
    "recall": Lesson(
        "Associative recall",
        "Pairs of a key and a value are shown, then keys are asked.",
        "The optimum is 1. A single layer finds the key again but not what stood behind it: the "
        "best it can do is to guess among the values shown.",
        "after Olsson et al. 2022",
        {"accuracy": "accuracy", "induction": "induction score"},
        "Share",
    ),
    "gradient": Lesson(
        "Learning inside a forward pass",
        "Examples of a random linear function stand in the context, and its value at one more "
        "point is asked.",
        "One layer of linear attention can write exactly what one step of gradient descent from "
        "zero predicts. With d-dimensional standard normal inputs and weights and n examples, the "
        "best step has the size n / (n + d + 1) and the squared error d (d + 1) / (n + d + 1); no "
        "single layer of this kind does better on such inputs.",
        "von Oswald et al. 2023; Ahn et al. 2023",
        {
            "squared_error": "squared error",
            "distance_to_the_step": "distance to the step’s answers",
        },
        "Mean squared difference",
    ),
    "addition": Lesson(
        "Addition, and whether a jump is real",
        "Sums of decimal numbers, lowest digit first, are completed. The tested sums were never "
        "learned.",
        "All sums can be right. Exact match counts a sum only if every digit is right: if errors "
        "are independent it is the product of the shares that are right at each place, and a "
        "smooth gain per digit looks like a jump. Under NLL or Brier’s score the same models may "
        "improve smoothly. Both views are measured here on the same checkpoints.",
        "Wei et al. 2022 against Schaeffer et al. 2023",
        {"exact_match": "exact match", "accuracy": "digits right"},
        "Share",
    ),
    "modular": Lesson(
        "Grokking",
        "Sums modulo a prime are learned from a share of all pairs and tested on the others, by a "
        "network with one hidden layer of squares.",
        "The exact solution makes every hidden unit a cosine of its inputs: the share of a unit’s "
        "power at its strongest frequency tends to 1. A table of learned pairs fits the training "
        "pairs as well and tells nothing of the others. The model groks without any weight decay, "
        "so that is not the cause here.",
        "Gromov 2023; progress measure after Nanda et al. 2023",
        {
            "train_accuracy": "learned pairs",
            "accuracy": "other pairs",
            "fourier_share": "Fourier power share",
        },
        "Share",
    ),
    "grokking": Lesson(
        "Grokking of a transformer",
        "Sums modulo a prime again, learned from a share of all pairs by a transformer of one "
        "layer without norms, whose weights are pulled towards zero while it learns.",
        "Sums modulo p are rotations: an embedding of cosines and sines of a few frequencies, "
        "which attention and MLP multiply, gives the exact answer, so that the optimum is 1. The "
        "share of the embedding’s power at its five strongest frequencies tends to 1 on the way "
        "there. A table of learned pairs fits those as well but takes larger weights.",
        "Nanda et al. 2023; Power et al. 2022",
        {
            "train_accuracy": "learned pairs",
            "accuracy": "other pairs",
            "fourier_share": "Fourier power share",
        },
        "Share",
    ),
    "regression": Lesson(
        "Regression in the context",
        "Noisy values of a random linear function stand in the context; each is to be foretold "
        "before it is seen.",
        "Bayes’ answer is ridge regression with the noise’s variance as penalty. Errors are "
        "measured against the function without its noise and averaged over all places of a row; "
        "always saying zero costs as much as there are dimensions.",
        "Garg et al. 2022",
        {
            "squared_error": "all places",
            "squared_error_last": "place with most examples",
        },
        "Mean squared error",
    ),
    "iwl": Lesson(
        "In context or in the weights?",
        "Pairs of an item and its label, then an item whose label is asked. The labels of classes "
        "never change in training, so that they can be stored in the weights; where the asked "
        "class stands in the context as well, they can be read there.",
        "Two tests tell the ways apart: new classes, whose labels only the context gives, and "
        "known classes that the context lacks. Theory expects in-context learning where classes "
        "are many and come in bursts, and storing where they are few.",
        "Chan et al. 2022; Reddy 2023",
        {"accuracy": "new classes, from the context", "in_weights": "known classes, by heart"},
        "Accuracy",
    ),
}

METRICS = {
    "kl_bayes": "distance to Bayes’ answer (nats)",
    "accuracy": "accuracy",
    "squared_error": "squared error",
    "exact_match": "exact match",
    "product": "product of the digits’ accuracies",
    "nll": "NLL",
    "brier": "Brier’s score",
}

SETTINGS = {
    "layers": "layers",
    "heads": "heads",
    "width": "width",
    "share": "share learned",
    "classes": "classes",
    "bursts": "bursts",
    "steps": "steps",
}

PROPERTIES = {
    "label": "what is asked",
    "length": "length",
    "mass": "mean of the numbers",
    "popularity": "commonness of words or films",
}

MECHANISMS = {
    "induction": "best induction score",
    "previous": "best score for the previous symbol",
    "fourier_share": "Fourier share",
}
