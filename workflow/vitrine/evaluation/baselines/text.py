"""The baseline of texts, and its game: removed words are left out."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from vitrine.data.domains.text.words import folded_words, words_of
from vitrine.data.encoding import Encoding
from vitrine.evaluation.baselines.baseline import (
    Baseline,
    Candidate,
    DomainBaselines,
    Encode,
    Score,
    logistic,
)
from vitrine.games.inputs import Value, text_game


def _logistic(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    return logistic(folder, encoding, _tfidf)


def _tfidf(train: pd.DataFrame, encoding: Encoding) -> Encode:
    """TF-IDF of words and pairs of words that stand in at least two training texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    segmentation = encoding.details["segmentation"]
    vectorizer = TfidfVectorizer(
        tokenizer=lambda text: folded_words(text, segmentation),
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, 2),
        min_df=2,
        sublinear_tf=True,
    ).fit(train["text"])
    return lambda rows: vectorizer.transform(rows["text"])


def _game(
    _baseline: Candidate,
    score: Score,
    encoding: Encoding,
    row: pd.DataFrame,
    _target: int,
    _background: pd.DataFrame | None,
) -> tuple[Value, int]:
    words = words_of(row["text"].iloc[0], encoding.details["segmentation"])[: encoding.players]
    return text_game(lambda texts: score(pd.DataFrame({"text": texts})), words), len(words)


BASELINES = DomainBaselines(
    name="text",
    order=1,
    baselines={"tfidf_logistic": Baseline("TF-IDF and logistic regression", _logistic)},
    game=_game,
)
