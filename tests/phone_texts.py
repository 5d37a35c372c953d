"""Texts that stand in phone columns, and some that should not: what the differential tests read twice."""

import random
from dataclasses import dataclass
from functools import cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat, phonemetadata

DIGITS = "0123456789"
PUNCTUATION = "-. ()[]/"
ODD = "xX#~,;*+:_@!?'\"\\|&=<>eEtTnNiIabcdefghijklmnopqrstuvwxyzABCXYZ\t\n\r\x00\x7f"
OTHER_SCRIPTS = (
    "\u00a0\u00ad\u200b\u2060\u3000\u2010\u2011\u2013\u2014\u2015\u2212\u30fc\uff0d\uff0e\uff0f\uff08\uff09\u2053\u223c"
    "\uff5e\uff0b\uff10\uff15\uff19\u0660\u0665\u06f5\u0967\u00b2\u2460\u017f\u212a\u0130\u0131\u043e\u0434\u0431\u00f3"
    "\u0301\uff58\uff45\uff54\uff4e\uff49\uff03\ufeff\u202a\u202c\U0001d7d8\U0001f600\u00e9\u4e00\u0e50\u2028\x85"
)
EXTENSIONS = (
    " x{e}", " ext {e}", " ext. {e}", "x{e}", " extn {e}", ", {e}", ",,{e}", ";{e}", "#{e}", " - {e}#", ";ext={e}",
    " int {e}", "~{e}", " anexo {e}", " \u0434\u043e\u0431 {e}", " extensi\u00f3n {e}", " EXT:{e}", " x{e}/x{e}",
    "/ x{e}", " Ext.{e}#", "\uff58{e}", ";phone-context=+1", ";phone-context=example.com", ";isub=12", ";pho", ";is",
)  # fmt: skip
EXIT_CODES = ("011", "00", "0011", "810", "119", "009", "010", "000", "+", "++", "0", "1", "0014", "99", "+00", "+0")
JOINTS = (" or ", " and ", "/", ", ", "\n", "or", " OR ", ";", "|", "&", " x or ")
OTHER_DIGITS = ("０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९")


@dataclass(frozen=True, slots=True)
class Example:
    """Hold a number of the metadata: calling code, national number, and how it is written at home."""

    code: int
    number: str
    national: str


@cache
def examples() -> tuple[Example, ...]:
    """Give the metadata's example of every region and type, and of every calling code without a region."""
    numbers: list[Any] = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        phonemetadata.PhoneMetadata.metadata_for_region(region)
        numbers += [phonenumbers.example_number_for_type(region, kind) for kind in range(11)]
    numbers += map(phonenumbers.example_number_for_non_geo_entity, phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    return tuple(
        Example(
            number.country_code,
            phonenumbers.national_significant_number(number),
            phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        )
        for number in numbers
        if number is not None
    )


class Texts:
    """Make texts from a seed, of kinds that hurt: damaged examples, several numbers, spreadsheets, other scripts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._kinds = (
            (self._written_example, 40), (self._digits, 12), (self._sprinkled, 12), (self._plain_junk, 8),
            (self._odd_junk, 6), (self._extended, 8), (self._vanity, 3), (self._several, 5), (self._spreadsheet, 4),
            (self._long, 1), (self._blank, 1),
        )  # fmt: skip

    def take(self, count: int) -> list[str]:
        """Give so many texts."""
        makers = self._random.choices([kind for kind, _ in self._kinds], [weight for _, weight in self._kinds], k=count)
        return [self._sometimes_in_other_digits(maker()) for maker in makers]

    def _some(self, alphabet: str, least: int, most: int) -> str:
        return "".join(self._random.choices(alphabet, k=self._random.randint(least, most)))

    def _sometimes_in_other_digits(self, text: str) -> str:
        if self._random.random() > 0.03:
            return text
        return text.translate(str.maketrans(DIGITS, self._random.choice(OTHER_DIGITS)))

    def _damaged_example(self) -> tuple[int, str]:
        example = self._random.choice(examples())
        digits = list(example.number)
        for _ in range(self._random.choice((0, 0, 1, 2, 4, 6))):
            digits[self._random.randrange(len(digits))] = self._random.choice(DIGITS)
        if self._random.random() < 0.15:
            digits.insert(self._random.randrange(len(digits) + 1), self._random.choice(DIGITS))
        if self._random.random() < 0.15 and len(digits) > 3:
            digits.pop(self._random.randrange(len(digits)))
        return example.code, "".join(digits)

    def _written_example(self) -> str:
        code, number = self._damaged_example()
        prefix = self._random.choice(("0", "1", "8", "06", "00", "(0)", "9", "15", "0 15", "180020", "183", "9015", ""))
        exit_code = self._random.choice(EXIT_CODES)
        ways = (f"+{code}{number}", f"+{code}{prefix}{number}", f"{exit_code}{code}{number}", f"{code}{number}")
        text = self._random.choice((*ways, f"{prefix}{number}", number, self._random.choice(examples()).national))
        for _ in range(self._random.choice((0, 0, 0, 1, 3, 5))):
            place = self._random.randrange(len(text) + 1)
            text = text[:place] + self._random.choice(PUNCTUATION) + text[place:]
        return text

    def _digits(self) -> str:
        return self._random.choice(("", "+")) + self._some(DIGITS, 0, 19)

    def _sprinkled(self) -> str:
        text = self._written_example()
        for _ in range(self._random.randint(1, 4)):
            place = self._random.randrange(len(text) + 1)
            text = text[:place] + self._random.choice(ODD + OTHER_SCRIPTS) + text[place + self._random.randint(0, 1) :]
        return text

    def _plain_junk(self) -> str:
        return self._some(DIGITS * 2 + PUNCTUATION + "+", 0, 24)

    def _odd_junk(self) -> str:
        return self._some(DIGITS * 4 + PUNCTUATION + ODD + OTHER_SCRIPTS, 0, 24)

    def _extended(self) -> str:
        extension = self._random.choice(EXTENSIONS).format(e=self._some(DIGITS, 1, 21))
        return self._random.choice(("", "tel:", "Tel. ", "(", "\u202a")) + self._written_example() + extension

    def _vanity(self) -> str:
        start = self._random.choice(("1-800-", "800 ", "+1 888 ", "+44 800 ", "0800 ", ""))
        return start + self._some("ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz-. 0123456789", 0, 9)

    def _several(self) -> str:
        def part() -> str:
            return self._some(DIGITS * 4 + " ().-\n", 4, 14)

        return part() + self._random.choice(JOINTS) + self._random.choice(("", "+", "(", " ")) + part()

    def _spreadsheet(self) -> str:
        fraction = self._random.choice((".", ",", "")) + self._some(DIGITS, 0, 13)
        exponent = self._random.choice("eE") + self._random.choice(("+", "")) + str(self._random.randrange(100))
        tail = self._some(DIGITS, 5, 16) + self._random.choice((".0", ",0", ".00", ".", ".01", ".0 "))
        return self._random.choice((self._random.choice(DIGITS) + fraction + exponent, tail, "+" + tail))

    def _long(self) -> str:
        return self._some(DIGITS + "- ", 40, 262)

    def _blank(self) -> str:
        return self._random.choice((" ", "\t", "\u00a0", "\x1f", "\x00")) * self._random.randint(0, 262)
