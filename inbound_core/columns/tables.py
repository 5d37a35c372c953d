"""Tables: every automaton as one flat array, compiled from the installed phonenumbers.

The arrays are what the kernel steps through; `PhoneTables` names them. A row of an automaton over digits is 16 wide
and one over character classes 64, so that a step is `next[state << 4 | digit]`. Compiling takes about two seconds,
which `table_cache` saves from the second time on.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import phonenumbers
from numpy.typing import NDArray
from phonenumbers.phonemetadata import PhoneMetadata

from inbound_core.columns.characters import (
    NO_DIGIT,
    PLUS,
    START,
    UNWANTED_END,
    Characters,
    ClassAutomaton,
    read_characters,
)
from inbound_core.columns.lengths import length_results, may_strip
from inbound_core.columns.national import NationalStates, add_general_automaton, add_national_automaton, pattern_of
from inbound_core.columns.patterns import UnknownPattern
from inbound_core.columns.prefixes import PrefixStates

Table = NDArray[np.uint16]

#: Regions by number: none, those of the metadata, and the one of numbers that belong to no country.
REGIONS: tuple[str | None, ...] = (None, *sorted(phonenumbers.SUPPORTED_REGIONS), "001")
REGION_IDS = {region: number for number, region in enumerate(REGIONS) if region is not None}

CLASS_WIDTH = 64
DIGIT_WIDTH = 16

# What the kernel's quick way through ASCII knows of one byte: its digit in bits 0-3, and these.
BYTE_DIGIT, BYTE_START, BYTE_WANTED, BYTE_ELSEWHERE, BYTE_PLUS = 16, 32, 64, 128, 256
_PLAIN = "0123456789+-()[]./ "


@dataclass(frozen=True, slots=True)
class PhoneTables:
    """Name the tables; every one is a flat array of 16-bit words.

    By state: `digit_next`, `general`, `regions`, `types` of the automata for national numbers, `prefix_next` and
    `prefix_outcomes` of those for prefixes. By home (see `homes`): `home_general`, `home_prefix`, `home_exit` are first
    states, `home_code` its calling code, `home_lengths` and `home_may_strip` what its lengths mean. By calling code:
    `code_known`, `code_first` (first state), `code_home`, `code_region` (0 where several share it). By code point:
    `classes`, `digits`, `dialled`; by class `properties`; `viable_*` and `extension_*` are the automata over classes;
    `byte_*` are the quick way through ASCII. `homes` maps a region's number to its home.
    """

    digit_next: Table
    general: Table
    regions: Table
    types: Table
    prefix_next: Table
    prefix_outcomes: Table
    home_general: Table
    home_prefix: Table
    home_exit: Table
    home_code: Table
    home_lengths: Table
    home_may_strip: Table
    code_known: Table
    code_first: Table
    code_home: Table
    code_region: Table
    classes: Table
    properties: Table
    digits: Table
    dialled: Table
    viable_next: Table
    viable_accepts: Table
    extension_next: Table
    extension_accepts: Table
    byte_facts: Table
    byte_next: Table
    homes: Table


def compile_tables() -> PhoneTables:
    """Compile all tables. Raise `UnknownPattern` where the metadata is beyond what the compiler knows."""
    characters = read_characters()
    if len(characters.properties) > CLASS_WIDTH:
        raise UnknownPattern(f"phonenumbers' patterns tell {len(characters.properties)} classes of characters apart")
    return PhoneTables(**_number_tables(), **_character_tables(characters))


@dataclass(frozen=True, slots=True)
class _Home:
    """Describe a region, or a non-geographic calling code, as the place where a number is read."""

    code: int
    meta: Any
    general: int
    prefix: int
    exit_code: int


def _number_tables() -> dict[str, Table]:
    national, prefixes = NationalStates(), PrefixStates()
    homes: list[_Home] = []
    home_of_region = np.zeros(len(REGIONS), np.uint16)
    known, first, home_of, only_region = (np.zeros(1000, np.uint16) for _ in range(4))
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        metas: list[Any] = [PhoneMetadata.metadata_for_region_or_calling_code(code, region) for region in regions]
        ids = [REGION_IDS[region] for region in regions]
        first[code] = add_national_automaton(national, metas, ids)
        known[code], home_of[code] = 1, len(homes)
        only_region[code] = ids[0] if len(ids) == 1 else 0
        for region_id, meta in zip(ids, metas, strict=True):
            same = pattern_of(meta.general_desc) == pattern_of(metas[0].general_desc)
            general = int(first[code]) if same else add_general_automaton(national, meta)
            prefix = prefixes.add(meta.national_prefix_for_parsing, meta.national_prefix_transform_rule)
            home_of_region[region_id] = len(homes)
            homes.append(_Home(code, meta, general, prefix, prefixes.add(meta.international_prefix)))
    lengths = np.stack([length_results(home.meta) for home in homes])
    return {
        "digit_next": _wide(national.next, DIGIT_WIDTH),
        "general": _words([verdict.general for verdict in national.verdicts]),
        "regions": _words([verdict.region for verdict in national.verdicts]),
        "types": _words([verdict.type for verdict in national.verdicts]),
        "prefix_next": _wide(prefixes.next, DIGIT_WIDTH),
        "prefix_outcomes": _words(prefixes.outcomes),
        "home_general": _words([home.general for home in homes]),
        "home_prefix": _words([home.prefix for home in homes]),
        "home_exit": _words([home.exit_code for home in homes]),
        "home_code": _words([home.code for home in homes]),
        "home_lengths": _words(lengths),
        "home_may_strip": _words(may_strip(lengths)),
        "code_known": known,
        "code_first": first,
        "code_home": home_of,
        "code_region": only_region,
        "homes": home_of_region,
    }


def _character_tables(characters: Characters) -> dict[str, Table]:
    ascii_classes = characters.classes[:128]
    return {
        "classes": _words(characters.classes),
        "properties": _words(np.pad(characters.properties, (0, CLASS_WIDTH - len(characters.properties)))),
        "digits": _words(characters.digits),
        "dialled": _words(characters.dialled),
        **_automaton("viable", characters.viable),
        **_automaton("extension", characters.extension),
        "byte_facts": _byte_facts(characters),
        "byte_next": _words(characters.viable.next[:, ascii_classes]),
    }


def _byte_facts(characters: Characters) -> Table:
    """Tell the quick way what each byte is; whatever is not in `_PLAIN` takes the thorough way."""
    plain = {int(characters.classes[ord(character)]) for character in _PLAIN}
    facts = np.full(256, BYTE_ELSEWHERE, np.uint16)
    for byte in range(128):
        kind = int(characters.classes[byte])
        properties, digit = int(characters.properties[kind]), int(characters.digits[byte])
        facts[byte] = (
            (digit | BYTE_DIGIT if digit != NO_DIGIT else 0)
            | (BYTE_START if properties & START else 0)
            | (0 if properties & UNWANTED_END else BYTE_WANTED)
            | (0 if kind in plain else BYTE_ELSEWHERE)
            | (BYTE_PLUS if properties & PLUS else 0)
        )
    return facts


def _automaton(name: str, automaton: ClassAutomaton) -> dict[str, Table]:
    return {f"{name}_next": _wide(automaton.next, CLASS_WIDTH), f"{name}_accepts": _words(automaton.accepting)}


def _wide(rows: Any, width: int) -> Table:
    """Pad rows to a width that is a power of two, and flatten them."""
    table = np.asarray(rows)
    if table.max() > np.iinfo(np.uint16).max:
        raise UnknownPattern("phonenumbers' metadata makes more states than sixteen bits can number")
    return _words(np.pad(table, ((0, 0), (0, width - table.shape[1]))))


def _words(values: Any) -> Table:
    return np.ascontiguousarray(np.asarray(values).reshape(-1), dtype=np.uint16)
