"""Many phones: an import reads each phone as a single profile's is read, whichever way is quicker."""

import pytest

from inbound_core.many_phones import ENOUGH_TO_COMPILE, ENOUGH_TO_LOAD, ManyPhones
from inbound_core.people_import import ImportRow, import_people
from inbound_core.phones import InvalidRegion, read_phone
from inbound_core.workspace import Workspace

CELLS: list[tuple[object, str | None]] = [
    ("+12025550101", None),
    ("(202) 555-0101", None),
    ("020 7946 0101", "GB"),
    ("0044 20 7946 0101", None),
    ("555-0101", None),
    ("not a number", "GB"),
    ("2025550101 / 2025550102", None),
    ("2.025550101E9", None),
    ("", None),
    ("  ", "GB"),
    (None, None),
    (float("nan"), None),
    (2025550101, None),
    (2025550101.0, None),
    (b"+442079460101", None),
    (True, None),
    ("\ud800", None),
    ("+1 202 555 0101 ext. 5", None),
]


@pytest.fixture(scope="module")
def ready() -> ManyPhones:
    many = ManyPhones()
    many.get_ready(ENOUGH_TO_COMPILE + 1)
    return many


@pytest.mark.rule("R9")
@pytest.mark.parametrize("copies", [1, 30], ids=["a few", "more than are asked one by one"])
def test_a_lot_reads_as_each_phone_does(ready: ManyPhones, copies: int) -> None:
    cells = [cell for cell, _ in CELLS] * copies
    regions = [region for _, region in CELLS] * copies
    expected = [read_phone(cell, region, "US") for cell, region in zip(cells, regions, strict=True)]

    assert ready._ready
    assert ready.read(cells, regions) == expected
    assert ManyPhones().read(cells, regions) == expected


def test_nothing_reads_as_nothing_and_an_unknown_region_is_refused(ready: ManyPhones) -> None:
    for many in (ready, ManyPhones()):
        assert many.read([], []) == []
        with pytest.raises(InvalidRegion, match="'UK' is no region code"):
            many.read(["020 7946 0101"] * 300, ["UK"] * 300)


def test_kernels_are_loaded_for_an_import_and_not_for_a_few_people() -> None:
    many = ManyPhones()
    many.get_ready(ENOUGH_TO_LOAD)
    assert not many._ready

    many.read(["+12025550101"] * 5, [None] * 5)
    many.get_ready(ENOUGH_TO_COMPILE)

    assert many._ready


@pytest.mark.rule("R10")
def test_an_import_and_a_switch_of_region_give_what_one_profile_at_a_time_gives(
    ready: ManyPhones, monkeypatch: pytest.MonkeyPatch
) -> None:
    for holder in ("inbound_core.people", "inbound_core.people_import", "inbound_core.workspace"):
        monkeypatch.setattr(f"{holder}.many_phones", ready)
    phones = ["(202) 555-0101", "020 7946 0101", "0044 20 7946 0101", "555-0101", "none", "", "+442079460102"]
    with Workspace.open("sqlite://") as at_once, Workspace.open("sqlite://") as singly:
        import_people(
            at_once, [ImportRow(n, f"p{n}", {"phone": phone, "city": "Reno"}) for n, phone in enumerate(phones)]
        )
        for n, phone in enumerate(phones):
            singly.identify(f"p{n}", {"phone": phone, "city": "Reno"})
        for region in ("US", "GB"):
            at_once.set_policy(default_region=region)
            monkeypatch.setattr("inbound_core.people.many_phones", ManyPhones())
            singly.set_policy(default_region=region)
            monkeypatch.setattr("inbound_core.people.many_phones", ready)
            read = [[(p.id, p.phone, p.phone_e164, p.phone_status) for p in ws.profiles()] for ws in (at_once, singly)]

            assert read[0] == read[1]
            assert (read[0][1][2] == "+442079460101") == (region == "GB")
