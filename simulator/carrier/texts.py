"""Texts: bodies as they can travel and be kept."""


def storable(text: str) -> str:
    """Give a text without lone surrogates, which no encoding can carry: `?` stands for each.

    >>> storable("a" + chr(0xD800) + "b")
    'a?b'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
