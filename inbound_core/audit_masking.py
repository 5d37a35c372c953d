"""Audit masking: cells shown without what they tell of a person, but with what is wrong with them."""

_KEPT_DIGITS = 2
#: Letters that a text may show: enough for `ext` and `tel`, too few for a name or a number in letters.
_FEW_LETTERS = 4
#: Digits at the end that two writings of one number share, whatever stands before them.
_SAME_END = 7


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


def masked_like(name: str, phone: str) -> str:
    """Hide a person's id where it is but the phone once more; any other id is what a person is found by, and stays.

    >>> masked_like("(202) 555-0101", "+12025550101"), masked_like("20255501", "+12025550101")
    ('(•••) •••-••01', '20255501')
    """
    ends = ["".join(char for char in text if char.isdigit())[-_SAME_END:] for text in (name, phone)]
    return masked(name) if ends[0] == ends[1] and len(ends[0]) == _SAME_END else name
