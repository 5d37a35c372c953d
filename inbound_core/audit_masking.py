"""Audit masking: cells shown without what they tell of a person, but with what is wrong with them."""

_KEPT_DIGITS = 2
#: Letters that a text may show: enough for `ext` and `tel`, too few for a name or a number in letters.
_FEW_LETTERS = 4


def masked(text: str | None) -> str:
    """Hide all digits of a phone but the last two, and the letters where there are more than a few.

    What is neither stays, for it shows what is wrong.
    """
    if text is None:
        return ""
    shown = sum(char.isdigit() for char in text) - _KEPT_DIGITS
    wordy = sum(char.isalpha() for char in text) > _FEW_LETTERS
    seen = 0
    parts = []
    for char in text:
        seen += char.isdigit()
        if char.isdigit() and seen <= shown:
            parts.append("•")
        else:
            parts.append("◦" if wordy and char.isalpha() else char)
    return "".join(parts)
