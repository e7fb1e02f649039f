"""Which encoding a file of text has, and where it is broken."""

import codecs
from pathlib import Path

from vitrine.data.readers.bad import BadDataError

UTF8 = "utf-8"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    # UTF-32 first, since its mark begins with that of UTF-16.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_UTF16 = "It looks like UTF-16 without a byte order mark: state `data: {encoding: utf-16-le}`"
_BLOCK_BYTES = 1 << 20


def encoding_of(path: Path, stated: str | None) -> str:
    """The encoding of a file: the stated one, or what its byte order mark says, or UTF-8.

    Raises:
        BadDataError: some bytes are not of that encoding; names the first, its line and place.
    """
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
    # Latin letters in UTF-16 have a zero in every other byte.
    zeros = [byte == 0 for byte in start]
    if marked is None and stated is None and zeros in ([True, False] * 2, [False, True] * 2):
        raise BadDataError(path, f"Not UTF-8. {_UTF16}.")
    encoding = marked or stated or UTF8
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise BadDataError(path, f"There is no encoding `{encoding}`.") from None
    _check(path, encoding)
    return encoding


def _check(path: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                raise _broken(path, encoding, error, line) from None
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _broken(path, encoding, error, line) from None


def _broken(path: Path, encoding: str, error: UnicodeDecodeError, line: int) -> BadDataError:
    before = error.object[: error.start]
    line += before.count(b"\n")
    place = len(before) - (before.rfind(b"\n") + 1) + 1
    byte = error.object[error.start]
    name = "UTF-8" if encoding.startswith(UTF8) else encoding
    return BadDataError(
        path,
        f"Not {name}: byte 0x{byte:02x} in line {line:,} of the file, place {place:,}. State the "
        "encoding of the file, such as `data: {encoding: windows-1252}` (Western Europe) or "
        "`windows-1251` (Cyrillic), or save the file as UTF-8.",
    )
