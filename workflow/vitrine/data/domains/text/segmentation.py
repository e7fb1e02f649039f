"""Words of scripts that put no spaces between them.

ICU, the library of the Unicode Consortium, finds them with its dictionaries and models of Chinese,
Japanese, Thai, Lao, Khmer and Burmese (package ``icu4py``, which contains ICU). A run of such a
script always gives the same words, whatever stands around it and wherever the program runs.
"""

import regex

from vitrine.data.domains.text import Segmentation

_CHARACTER = regex.compile(r"\X\p{M}*")


def segments(run: str, segmentation: Segmentation) -> list[str]:
    """Cut a run of letters of such scripts; the pieces joined are the run.

    Args:
        run: at least one letter.
        segmentation: ``words``, or ``characters``: letters as readers see them, with their marks.
    """
    if segmentation == "characters":
        characters: list[str] = _CHARACTER.findall(run)
        return characters
    # Only here, since most texts need no dictionaries.
    from icu4py.breakers import WordBreaker

    spans = WordBreaker(run, "en").segments()
    # ICU counts code units of UTF-16, of which characters beyond U+FFFF take two.
    if max(run) <= "\uffff":
        return [run[start:end] for start, end in spans]
    units = run.encode("utf-16-le")
    return [units[2 * start : 2 * end].decode("utf-16-le") for start, end in spans]
