"""What a text says: without markup, with characters decoded, and in one Unicode form.

Characters that nobody sees vanish: the soft hyphen, the zero-width space, marks of the direction of
writing, the byte order mark and all others that Unicode lets programs ignore. Some mean something
in their place and stay there: variation selectors, the zero-width joiner and non-joiner between
letters of scripts that join letters, joiners and tags in emoji, and the zero-width space of Thai,
Lao, Khmer and Burmese, which ends a word.
"""

import html
import unicodedata

import regex

from vitrine.data.domains.text.markup import MARKUP

# In these scripts the zero-width joiner and non-joiner change nothing that is read.
_UNJOINED = (
    r"\p{Common}\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Georgian}\p{Hebrew}\p{Hangul}"
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}"
)
_JOINING = rf"[[\p{{L}}\p{{N}}]--[{_UNJOINED}]]\p{{M}}*"
_PICTOGRAPH = r"\p{Extended_Pictographic}"
_TAGS = r"\U000E0020-\U000E007F"
_EMOJI_END = rf"[{_PICTOGRAPH}\p{{Emoji_Modifier}}\p{{M}}{_TAGS}]"
_SPACED_BY_ZERO_WIDTH = r"[[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]&&[\p{L}\p{N}]]"

_MEANT = "|".join(
    (
        rf"(?<={_JOINING})[\u200C\u200D](?=[\p{{L}}\p{{M}}])",
        # A joiner at the end of a word asks for another shape of the letter before it.
        rf"(?<={_JOINING}(?<=\p{{M}}))\u200D",
        rf"(?<={_EMOJI_END})\u200D(?={_PICTOGRAPH})",
        rf"(?<={_SPACED_BY_ZERO_WIDTH}\p{{M}}*)\u200B(?={_SPACED_BY_ZERO_WIDTH})",
    )
)
_IGNORABLE = rf"[\p{{Default_Ignorable_Code_Point}}--[\p{{Variation_Selector}}{_TAGS}]]"
_INVISIBLE = regex.compile(rf"(?V1)(?!{_MEANT}){_IGNORABLE}")


def decoded(text: str) -> str:
    """A text with character references decoded, without invisible characters, in the form NFC."""
    if "&" in text:
        text = html.unescape(text)
    if text.isascii():
        return text
    visible: str = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    # A mark may follow its letter only now.
    return unicodedata.normalize("NFC", visible)


def cleaned(text: str) -> str:
    """A text `decoded`, with a blank in the place of each piece of markup."""
    if "<" in text:
        text = MARKUP.sub(" ", text)
    return decoded(text)
