"""Workspace file: what goes out comes back, on another machine and another kind of store, all of it or nothing."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from inbound_core.campaign_records import Campaign, FollowUp, KeywordTrigger
from inbound_core.storage.tables import metadata as platform_tables
from simulator import Simulator, SimulatorConfig, start, workspace_file
from simulator.carrier.tables import metadata as carrier_tables
from simulator.clock import VirtualClock
from simulator.connecting import connect
from simulator.workspace_file import WorkspaceBusyError, WorkspaceFileError, export_workspace, import_workspace, reset
from tests.carrier.applications import stubborn
from tests.stores import postgresql_database

ANA, BOB = "+12025550101", "+12025550102"
MOMENT = "2026-03-02T09:00:00+00:00"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def filled(sim: Simulator) -> Simulator:
    service = sim.carrier.services()[0].sid
    sim.workspace.identify("ana", {"phone": ANA, "note": 'Ünï"\n', "n": 1.5, "yes": True, "list": [1, {"a": None}]})
    sim.workspace.set_policy(default_region="GB")
    sim.workspace.set_region("eu")
    sim.workspace.campaigns.save(Campaign("welcome", KeywordTrigger(("JOIN",)), (FollowUp("Hello"),), sender=service))
    sim.text(ANA, "JOIN")
    sim.text(BOB, "STOP 👍")
    sim.text(BOB, "STOP")
    sim.carrier.wait_idle()
    return sim


def exported(sim: Simulator) -> bytes:
    return b"".join(export_workspace(sim.workspace, sim.carrier, sim.workspace.now()))


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[Simulator, bytes]]:
    """Give a simulator that no file at fault may change, and what it exports."""
    with start() as sim:
        filled(sim)
        # What the carrier reports of it comes later and would count as a change.
        assert sim.carrier.wait_idle(10)
        yield sim, exported(sim)


def rows(sim: Simulator) -> dict[str, list[tuple[object, ...]]]:
    found = {}
    for side, store, tables in (
        ("platform", sim.workspace.store, platform_tables),
        ("carrier", sim.carrier.account.store, carrier_tables),
    ):
        with store.read() as connection:
            for table in tables.sorted_tables:
                found[f"{side}.{table.name}"] = sorted(map(repr, connection.execute(select(table)).all()))
    return found


@pytest.mark.parametrize("kind", ["memory", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_workspace_comes_back_whole_and_goes_on(kind: str) -> None:
    with start() as first:
        before, file = rows(filled(first)), exported(first)
    stored = nullcontext(None) if kind == "memory" else postgresql_database()
    with stored as url, start(SimulatorConfig(database_url=url)) as second:
        second.workspace.identify("somebody else", {})
        import_workspace(second.workspace, second.carrier, io.BytesIO(file))

        assert rows(second) == before
        assert str(second.workspace.region) == "eu"
        assert second.workspace.policy.default_region == "GB"
        assert second.carrier.opted_out(BOB, second.carrier.services()[0].sid)
        connect(second.workspace, second.carrier, second.inbound_url)
        assert second.text(ANA, "and on it goes").explanation is not None
        second.workspace.identify("new", {"phone": BOB})
        assert [profile.id for profile in second.workspace.profiles()] == ["ana", "new"]


def test_the_file_holds_no_credentials() -> None:
    with start() as sim:
        plain = gzip.decompress(exported(filled(sim)))
        assert sim.account.auth_token.encode() not in plain
        assert sim.account.api_key.encode() not in plain
        assert sim.token.encode() not in plain


#: Rows of the right columns that no page could show: the table, and what is wrong in a row of it.
NONSENSE: dict[str, tuple[str, dict[str, object]]] = {
    "a number too large": ("platform.profiles", {"id": "x", "stored_order": 10**30}),
    "half a character": ("platform.profiles", {"id": "x\ud800", "stored_order": 99}),
    "attributes that are text": ("platform.profiles", {"id": "x", "stored_order": 99, "attributes": "<b>"}),
    "an id that is a number": ("platform.profiles", {"id": 5, "stored_order": 99}),
    "a kind of entry that is none": ("platform.activities", {"number": 999, "kind": "<junk>"}),
    "an explanation of nothing": ("platform.events", {"number": 999, "id": "x", "explanation": {"x": 1}}),
    "a condition that is none": (
        "platform.segments",
        {"name": "x", "condition": "{", "created_at": MOMENT, "checked_at": MOMENT},
    ),
    "nobody's message": ("carrier.messages", {"sid": "SM0", "sequence": 999, "origin": "nobody"}),
    "a time before all time": ("carrier.messages", {"sid": "SM0", "sequence": 999, "created_at": -(10**17)}),
    "a truth value for a number": ("carrier.messages", {"sid": "SM0", "sequence": 999, "num_media": True}),
    "a number without a number": ("carrier.resources", {"sid": "PN0", "sequence": 999, "document": {}}),
    "a thing that is none": ("carrier.resources", {"sid": "PN0", "sequence": 999, "kind": "junk"}),
}


def damaged(file: bytes, change: str) -> bytes:
    lines = gzip.decompress(file).splitlines(keepends=True)
    if change == "not packed":
        return b"id,phone\nana,+12025550101\n"
    if change == "cut off":
        return file[: len(file) // 2]
    if change == "no header":
        return gzip.compress(b"".join(lines[1:]))
    if change == "newer":
        return gzip.compress(
            b"".join([json.dumps({"inbound_workspace": 1, "schema": 999}).encode() + b"\n", *lines[1:]])
        )
    if change == "nested without end":
        return gzip.compress(b"".join([*lines, b'{"in":' * 100_000, b"\n"]))
    if change in NONSENSE:
        table, values = NONSENSE[change]
        like = next((json.loads(line)["row"] for line in lines[1:] if json.loads(line)["in"] == table), {})
        return gzip.compress(b"".join([*lines, json.dumps({"in": table, "row": like | values}).encode(), b"\n"]))
    additions = {
        "no JSON": b"{",
        "no object": b"[1]",
        "unknown table": b'{"in":"platform.users","row":{}}',
        "unknown column": b'{"in":"platform.profiles","row":{"evil":1}}',
        "no time": b'{"in":"platform.profiles","row":{"id":"x","created_at":"soon"}}',
        "missing value": b'{"in":"platform.profiles","row":{"id":"x"}}',
        "twice": next(line for line in lines if b"platform.profiles" in line).strip(),
        "twice at the carrier": next(line for line in lines if b"carrier.messages" in line).strip(),
    }
    return gzip.compress(b"".join([*lines, additions[change], b"\n"]))


@pytest.mark.parametrize(
    "change",
    [
        "not packed",
        "cut off",
        "no header",
        "newer",
        "no JSON",
        "no object",
        "unknown table",
        "unknown column",
        "no time",
        "missing value",
        "twice",
        "twice at the carrier",
        "nested without end",
        *NONSENSE,
    ],
)
def test_a_file_at_fault_changes_nothing(kept: tuple[Simulator, bytes], change: str) -> None:
    sim, file = kept
    before = rows(sim)

    with pytest.raises(WorkspaceFileError):
        import_workspace(sim.workspace, sim.carrier, io.BytesIO(damaged(file, change)))

    assert rows(sim) == before
    assert sim.carrier.opted_out(BOB, sim.carrier.services()[0].sid)


def test_a_reset_forgets_people_and_history_and_keeps_the_set_up(tmp_path: Path) -> None:
    with start() as sim:
        numbers = [number.phone_number for number in filled(sim).carrier.numbers()]
        reset(sim.workspace, sim.carrier)

        assert sim.workspace.profiles() == []
        assert sim.workspace.activity() == []
        assert sim.search("") == []
        assert sim.carrier.opt_outs() == ()
        assert [number.phone_number for number in sim.carrier.numbers()] == numbers
        assert str(sim.workspace.region) == "eu"
        assert [campaign.name for campaign in sim.workspace.campaigns.all()] == ["welcome"]
        assert sim.text(BOB, "hello again").arrived


def schedule(sim: Simulator) -> str:
    """Schedule a message for an hour later, each of whose steps is told to an application; give its sid."""
    service = sim.carrier.services()[0].sid
    more = {"schedule_type": "fixed", "send_at": sim.workspace.now() + timedelta(hours=1)}
    callback = f"{sim.url}/elsewhere"
    return sim.carrier.send(ANA, "later", messaging_service_sid=service, status_callback=callback, **more).sid


def test_a_reset_forgets_what_is_still_to_be_sent() -> None:
    with start(clock=VirtualClock(NINE)) as sim:
        schedule(sim)
        sim.carrier.set_reach(BOB, "off")
        sim.carrier.send(BOB, "when you are back", messaging_service_sid=sim.carrier.services()[0].sid)
        sim.carrier.wait_idle()

        reset(sim.workspace, sim.carrier)
        sim.carrier.set_reach(BOB, "on")
        sim.clock.sleep(2 * 3600)

        assert sim.carrier.messages() == ()
        assert sim.carrier.attempts() == ()


def test_an_imported_message_is_sent_at_its_time_and_one_of_before_is_not() -> None:
    with start(clock=VirtualClock(NINE)) as first:
        sid, file = schedule(first), exported(first)
    with start(clock=VirtualClock(NINE)) as second:
        schedule(second)
        import_workspace(second.workspace, second.carrier, io.BytesIO(file))
        second.clock.sleep(3590)
        assert second.carrier.message(sid).status == "scheduled"
        second.clock.sleep(60)

        assert second.carrier.message(sid).status == "delivered"
        assert {attempt.message_sid for attempt in second.carrier.attempts()} == {sid}


@pytest.mark.parametrize(
    "replace",
    [
        pytest.param(lambda sim, _file: reset(sim.workspace, sim.carrier), id="reset"),
        pytest.param(lambda sim, file: import_workspace(sim.workspace, sim.carrier, io.BytesIO(file)), id="import"),
    ],
)
def test_a_workspace_with_a_webhook_that_hangs_is_left_as_it_is(
    replace: Callable[[Simulator, bytes], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace_file, "PATIENCE", 0.2)
    with start() as sim, stubborn() as url:
        sim.workspace.identify("ana", {"phone": ANA})
        file = exported(sim)
        sim.carrier.set_inbound_url(url)
        sim.carrier.text(ANA, sim.carrier.numbers()[0].phone_number, "hello?")
        before = rows(sim)

        with pytest.raises(WorkspaceBusyError, match="Nothing was changed"):
            replace(sim, file)

        assert rows(sim) == before
