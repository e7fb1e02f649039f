"""The words of a text: its features.

- A run of letters, their marks and digits is a word, with apostrophes inside it: ``don't``.
- The pluses behind a word belong to it, but not those behind a number: ``C++``, ``A+``. So do the
  sign in names of one letter, ``C#``, ``F#``, and the dot of ``.NET``.
- An emoji is a word, with its skin tone and whatever else it is composed of; flags and keycaps too.
- Scripts that put no spaces between words are cut by `vitrine.data.domains.text.segmentation`.

All functions but `word_spans` take texts as they are in the data and clean them
(`vitrine.data.domains.text.cleaning`).
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

import regex

from vitrine.data.domains.text import Segmentation
from vitrine.data.domains.text.cleaning import cleaned
from vitrine.data.domains.text.segmentation import segments

DEFAULT: Segmentation = "words"
"""Of texts whose study does not choose, such as those of built-in sources."""

# Stated by number: letters of several scripts (marks of repetition, of long and of voiced sounds)
# and the radicals of Chinese characters, which are no letters.
_UNSPACED = (
    r"[[[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]&&[\p{L}\p{N}]]"
    r"\u2E80-\u2FDF\u3006\u3031-\u3035\u303C\u30FC\uFF70\uFF9E\uFF9F]"
)
_JOINERS = r"\u200C\u200D"
_RUN = rf"{_UNSPACED}[{_UNSPACED}\p{{M}}{_JOINERS}]*"

# The last part of the sets holds the others; tried first, they match in less time.
_START = rf"[A-Za-z0-9[\u0080-\u0DFF&&[\p{{L}}\p{{N}}]][\p{{L}}\p{{N}}--{_UNSPACED}]]"
# The enclosing keycap makes an emoji of a digit.
_INNER = (
    r"[A-Za-z0-9[\u0080-\u0DFF&&[\p{L}\p{N}\p{M}]]"
    rf"[\p{{L}}\p{{N}}\p{{M}}{_JOINERS}--[{_UNSPACED}\u20E3]]]"
)
_LETTERS = rf"{_START}{_INNER}*+"
# Between letters: apostrophes, Hebrew marks of abbreviations, and the dot of Catalan ``l·l``.
_WORD = rf"{_LETTERS}(?:(?:['’\u05F3\u05F4]|(?<=[lL])·(?=[lL])){_LETTERS})*"
_PLUS = r"(?:[+＋]{2,}|[+＋](?![\p{L}\p{N}]))?"
_SHARP = r"[A-Za-z][#♯＃]"
_DOT_NET = r"(?<![\p{L}\p{N}\p{M}.])\.[Nn][Ee][Tt](?![\p{L}\p{N}\p{M}])"

_PICTOGRAPH = (
    r"(?:[\p{Emoji_Presentation}"
    r"[\p{Extended_Pictographic}&&[\u2600-\u27BF\U0001F000-\U0001FAFF]]]"
    r"|[\p{Emoji}--\p{ASCII}]\uFE0F)"
)
_MODIFIERS = r"[\p{Emoji_Modifier}\p{M}\U000E0020-\U000E007F]*"
_EMOJI = (
    r"[0-9#*]\uFE0F?\u20E3"
    r"|\p{Regional_Indicator}{1,2}"
    rf"|{_PICTOGRAPH}{_MODIFIERS}(?:\u200D\p{{Extended_Pictographic}}{_MODIFIERS})*"
)

# The usual kinds first.
_ANY = regex.compile(rf"(?V1){_SHARP}|(?=\p{{L}}){_WORD}{_PLUS}|{_RUN}|{_EMOJI}|{_WORD}|{_DOT_NET}")
_UNSPACED_START = regex.compile(rf"(?V1){_UNSPACED}")
# All these scripts stand behind it in Unicode.
_FIRST_UNSPACED = "\u0e00"
# The same words in texts of ASCII, in half the time.
_ASCII = re.compile(
    r"[A-Za-z]#"
    r"|[A-Za-z][A-Za-z0-9]*(?:'[A-Za-z0-9]+)*(?:\+{2,}|\+(?![A-Za-z0-9]))?"
    r"|[0-9][A-Za-z0-9]*(?:'[A-Za-z0-9]+)*"
    r"|(?<![A-Za-z0-9.])\.[Nn][Ee][Tt](?![A-Za-z0-9])"
)


def words_of(text: str, segmentation: Segmentation = DEFAULT) -> list[str]:
    """The words of a text in order, as they are written, in the form NFC."""
    text = cleaned(text)
    if text.isascii():
        return _ASCII.findall(text)
    words: list[str] = _ANY.findall(text)
    if max(words, default="") < _FIRST_UNSPACED:
        return words
    return [piece for word in words for piece in _pieces(word, segmentation)]


def word_spans(text: str, segmentation: Segmentation, most: int) -> list[tuple[int, int]]:
    """Where the first words of a text begin and end.

    Args:
        text: as `cleaned` gives it.
        segmentation: of scripts without spaces.
        most: the most words.

    Returns:
        Start and end (exclusive) of each word, in characters, in rising order without overlap.
    """
    return list(islice(_spans(text, segmentation), most))


def has_words(text: str) -> bool:
    """Whether a text has a word; only such texts can be explained."""
    text = cleaned(text)
    return (_ASCII if text.isascii() else _ANY).search(text) is not None


def fold(word: str) -> str:
    """The form of a word, or of several with blanks between them, in the vocabulary.

    Case, the shape of the apostrophe and the choice between an emoji and its text form do not
    matter to it.
    """
    if word.isascii():
        return word.casefold()
    # Unicode's canonical caseless matching; only the decomposed form folds completely.
    same = unicodedata.normalize("NFD", word).casefold().translate(_SAME)
    return unicodedata.normalize("NFC", same)


_SAME = str.maketrans({"’": "'", "\u02bc": "'", "\ufe0e": None, "\ufe0f": None})


def folded_words(text: str, segmentation: Segmentation = DEFAULT) -> list[str]:
    """The words of a text as the vocabulary has them."""
    # Words hold no blanks, and folding all at once takes a fraction of the time.
    return fold(" ".join(words_of(text, segmentation))).split()


def same_text_key(text: str) -> str:
    """A key that is equal for two texts if, and only if, they have the same folded words.

    It depends on no choice of segmentation: texts with the same words have the same characters.
    """
    return fold(" ".join(words_of(text)))


def _spans(text: str, segmentation: Segmentation) -> Iterator[tuple[int, int]]:
    if text.isascii():
        yield from (match.span() for match in _ASCII.finditer(text))
        return
    for match in _ANY.finditer(text):
        start = match.start()
        for piece in _pieces(match[0], segmentation):
            yield start, start + len(piece)
            start += len(piece)


def _pieces(word: str, segmentation: Segmentation) -> list[str]:
    if word < _FIRST_UNSPACED or not _UNSPACED_START.match(word):
        return [word]
    return segments(word, segmentation)
