"""Smart encoding: put plain characters for look-alikes, so that a body stays in GSM-7."""

import unicodedata

from simulator.carrier.segments import BASIC, EXTENSION

#: What stands for what, beside the compatibility forms (full-width, small, ...) that Unicode itself resolves.
_GROUPS: dict[str, str] = {
    '"': "«»“”„‟❝❞〝〞ʺˮ",
    "'": "‘’‛❛❜ʹʻʼʽˈˊˋ´`‗",
    "-": "‐–—―⁃⎼⎽•",
    "...": "…",
    ",": "‚、",
    ".": "。",
    "/": "÷⁄∕⧸",
    "\\": "⧵⧹",
    "|": "∣⎸⎹⏐⎜⎟",
    "*": "∗⊛⁎✢✣✤✥✱✲✳✺✻✼✽❃❉❊❋⧆",
    "~": "˜˷∼",
    "+": "˖",
    ":": "ː˸꞉⦂",
    ";": "⁏",
    "=": "꞊",
    "!": "ǃ",
    "^": "ˆ",
    "(": "❨❪⟮⦅",
    ")": "❩❫⟯⦆",
    "{": "❴",
    "}": "❵",
    "<": "›",
    ">": "‹",
    " ": "\u2028\u2029\u2001",
    "  ": "\u00a0\u2000\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "": "\u200b\u2060\ufeff",
    "       ": "\t",
    "1/4": "¼",
    "1/2": "½",
    "3/4": "¾",
    "!!": "‼",
}
_PLAIN = {char: plain for plain, chars in _GROUPS.items() for char in chars}
_GSM = BASIC | EXTENSION


def smart_encoded(body: str, all_or_nothing: bool = True) -> str:
    """Give the body in GSM-7 where look-alikes make that possible, else the body as it was.

    One character that has no stand-in keeps the message in UCS-2, and then nothing is replaced, unless asked for.

    >>> smart_encoded("“Hi” – it’s me…"), smart_encoded("“Hi” 👍")
    ('"Hi" - it\\'s me...', '“Hi” 👍')
    """
    if _GSM.issuperset(body):
        return body
    plain = "".join(char if char in _GSM else _plain(char) for char in body)
    return plain if not all_or_nothing or _GSM.issuperset(plain) else body


def _plain(char: str) -> str:
    found = _PLAIN.get(char)
    if found is not None:
        return found
    folded = unicodedata.normalize("NFKC", char)
    return folded if folded != char and _GSM.issuperset(folded) else char
