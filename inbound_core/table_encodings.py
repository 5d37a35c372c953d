"""Table encodings: told from the beginning of a text file, or named by whoever knows better."""

import codecs
import re
from encodings.aliases import aliases

from inbound_core.table_files import TableFileError
from inbound_core.table_guesses import nearest_names
from inbound_core.table_text import WESTERN

_BOMS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WIDE = ("utf-16", "utf-32")
_FOREIGN = re.compile(r"[^\0-\x7f]")
_FOREIGN_RUN = re.compile(r"[^\0-\x7f]{3,}")
_WITHIN_WORD = re.compile(r"(?<=[a-z])[^\0-\x7f](?=[a-z\xc0-\xff])")
_SIGNS_IN_WORDS = "’·\xad\xa0–"
_MOST_ODD = 0.2


class NoSuchEncoding(TableFileError, LookupError):
    """Report a name that no encoding has, naming the nearest ones."""


def checked_encoding(name: str) -> str:
    """Give an encoding's usual name. Raise `NoSuchEncoding` naming the nearest ones where there is none."""
    known = sorted({alias.replace("_", "-") for alias in (*aliases, *aliases.values())})
    try:
        _decode_with(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        near = [other for other in nearest_names(name, known) if _is_encoding(other)] or ["utf-8", "cp1252", "cp1251"]
        raise NoSuchEncoding(f"There is no encoding {name!r}; nearest: {', '.join(near)}.") from None


def _decode_with(name: str) -> None:
    # Python's other codecs (hex, rot13) are turned away by decoding in this way.
    b"a".decode(name, "replace")


def _is_encoding(name: str) -> bool:
    try:
        _decode_with(name)
    except (LookupError, ValueError):
        return False
    return True


def is_wide(encoding: str) -> bool:
    """Tell whether every character takes several bytes in an encoding, so that zero bytes are nothing odd."""
    return encoding.startswith(_WIDE)


def encoding_of(sample: bytes) -> str:
    """Tell the encoding of a file from its beginning; Windows-1252 where nothing better is known."""
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return encoding
    beginning = sample[:400]
    if beginning.count(0) > len(beginning) // 4:
        # Letters of Latin have a zero byte first where the larger byte comes first, else second.
        return "utf-16-be" if beginning[::2].count(0) > beginning[1::2].count(0) else "utf-16-le"
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        # The sample may end within a character; anything earlier is not UTF-8.
        if error.start < len(sample) - 3:
            return "cp1252"
    return "utf-8"


def seems_western(sample: bytes) -> bool:
    """Tell whether bytes that are not UTF-8 make sense in Windows-1252.

    Western words have single letters with accents. Another encoding shows in runs of them, and in signs and capitals
    within words.
    """
    text = codecs.charmap_decode(sample, "strict", WESTERN)[0]
    odd = sum(len(run) for run in _FOREIGN_RUN.findall(text))
    odd += sum(
        sign not in _SIGNS_IN_WORDS and (not sign.isalpha() or sign.isupper()) for sign in _WITHIN_WORD.findall(text)
    )
    return bool(odd <= _MOST_ODD * len(_FOREIGN.findall(text)))
