"""Storage: what a store that cannot be used says, and that nothing is lost, doubled or half-written."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from inbound_core import Workspace
from inbound_core.senders import Sender
from inbound_core.storage import StoreError, open_store, opening, people, sending
from inbound_core.storage.tables import SCHEMA_VERSION, senders, settings
from inbound_core.texts import UnstorableValue
from tests.stores import inbound, store_url


def _broken(tmp_path: Path) -> str:
    path = tmp_path / "notes.db"
    path.write_bytes(b"these are notes, and no database at all. " * 50)
    return f"sqlite:///{path}"


def _newer(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'newer.db'}"
    store = open_store(url)
    with store.write() as connection:
        connection.execute(update(settings).where(settings.c.name == "schema_version").values(value=SCHEMA_VERSION + 1))
    store.close()
    return url


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        pytest.param(lambda path: f"sqlite:///{path}/nowhere/x.db", "does not exist", id="no such folder"),
        pytest.param(lambda path: f"sqlite:///{path}", "may not be written|unable to open", id="a folder"),
        pytest.param(_broken, "no database", id="a file that is no database"),
        pytest.param(_newer, "newer than this program", id="a newer version"),
        pytest.param(lambda _: "not a url", "is no database URL", id="no URL"),
        pytest.param(lambda _: "mysql://localhost/x", "not supported", id="another database"),
        pytest.param(
            lambda _: "postgresql://nobody@127.0.0.1:1/x", "did not answer", id="no server", marks=pytest.mark.postgres
        ),
    ],
)
def test_a_store_that_cannot_be_opened_says_why_and_what_to_do(
    tmp_path: Path, make: Callable[[Path], str], cause: str
) -> None:
    with pytest.raises(StoreError, match=cause):
        open_store(make(tmp_path))


def test_opening_a_newer_store_changes_nothing_in_it(tmp_path: Path) -> None:
    url = _newer(tmp_path)
    before = (tmp_path / "newer.db").read_bytes()

    with pytest.raises(StoreError, match="Nothing was changed"):
        open_store(url)

    assert (tmp_path / "newer.db").read_bytes() == before


def test_a_locked_store_is_waited_for_and_then_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.1)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with Workspace.open(url) as workspace:
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        try:
            with pytest.raises(StoreError, match="Another program holds it locked"):
                workspace.receive(inbound("hello"))
        finally:
            other.close()

        assert not workspace.receive(inbound("hello")).duplicate
        assert len(workspace.anonymous_events()) == 1


@pytest.mark.parametrize("kind", ["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_what_one_process_sets_another_goes_by(kind: str, tmp_path: Path) -> None:
    with store_url(kind, tmp_path) as url, Workspace.open(url) as notebook, Workspace.open(url) as simulator:
        notebook.set_policy(keyword_trailing_punctuation=True)
        simulator.set_policy(default_region="GB")
        notebook.set_region("eu")

        assert simulator.receive(inbound("STOP!")).explanation.keyword_action == "opt_out"
        assert notebook.identify("ana", {"phone": "020 7946 0123"}).phone_e164 == "+442079460123"
        assert simulator.region == "eu"


@pytest.mark.parametrize("kind", ["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_reader_sees_one_state_whatever_is_written_meanwhile(kind: str, tmp_path: Path) -> None:
    with store_url(kind, tmp_path) as url, Workspace.open(url) as reader, Workspace.open(url) as writer:
        with reader.store.read() as connection:
            assert people.counts(connection) == (0, 0)
            writer.identify("ana", {"phone": "+12025550101"})
            assert people.counts(connection) == (0, 0)
            assert people.by_id(connection, "ana") is None

        assert [profile.id for profile in reader.profiles()] == ["ana"]
        reader.identify("bob", {})
        assert [profile.id for profile in writer.profiles()] == ["ana", "bob"]


@pytest.mark.postgres
def test_reading_does_not_write(tmp_path: Path) -> None:
    with store_url("postgresql", tmp_path) as url, Workspace.open(url) as workspace:
        workspace.identify("ana", {})
        with pytest.raises(StoreError, match="read-only"), workspace.store.read() as connection:
            people.remove(connection, "ana")

        assert workspace.delete("ana")


def test_of_many_events_the_newest_are_given_in_the_order_they_happened(ws: Workspace) -> None:
    ws.identify("ana", {"phone": "+12025550101"})
    for number in range(4):
        for phone in ("+12025550101", "+12025550102"):
            ws.receive(inbound(str(number), phone))

    assert [event.data["body"] for event in ws.events("ana", limit=2)] == ["2", "3"]
    assert [event.data["body"] for event in ws.anonymous_events(limit=2)] == ["2", "3"]
    assert [event.data["body"] for event in ws.events("ana")] == ["0", "1", "2", "3"]


def test_a_damaged_store_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Workspace.open(f"sqlite:///{path}") as workspace:
        for number in range(200):
            workspace.identify(f"person {number}", {"note": "x" * 200})
    path.write_bytes(path.read_bytes()[:20_000])

    with pytest.raises(StoreError, match="put back a copy"), Workspace.open(f"sqlite:///{path}") as workspace:
        workspace.profiles()


def test_a_read_only_store_is_told_and_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Workspace.open(f"sqlite:///{path}") as workspace:
        workspace.identify("ana", {"phone": "+12025550101"})
    with Workspace.open(f"sqlite:///{path}") as workspace:
        # Permissions do not bind the administrator, who may run this test; a connection that only reads does.
        with workspace.store.engine.connect().execution_options(writes=False) as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StoreError, match="read-only"):
            workspace.receive(inbound("hello"))
        assert [profile.id for profile in workspace.profiles()] == ["ana"]


def test_a_time_without_zone_is_refused(ws: Workspace) -> None:
    with pytest.raises(Exception, match="time zone"):
        ws.identify("ana", {}, datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "value", [date(2026, 3, 1), Decimal("1.5"), {"a"}, b"x"], ids=lambda value: type(value).__name__
)
def test_a_value_that_no_json_has_is_refused_with_its_type(ws: Workspace, value: object) -> None:
    with pytest.raises(UnstorableValue, match=f"is a {type(value).__name__}, which no JSON has. Write it as text"):
        ws.identify("ana", {"tags": [value]})
    assert ws.profiles() == []


def test_a_change_of_a_type_alone_is_named_in_the_log(ws: Workspace) -> None:
    ws.identify("ana", {"vip": 1})
    ws.identify("ana", {"vip": True})

    assert ws.activity()[-1].text == "ana: vip changed."


def test_an_effect_that_fails_takes_the_whole_message_back(any_ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of luck")

    any_ws.identify("ana", {"phone": "+12025550101"})
    before = any_ws.activity()
    monkeypatch.setattr("inbound_core.storage.history.add_consent", fail)
    with pytest.raises(RuntimeError):
        any_ws.receive(inbound("STOP", sid="torn"))
    monkeypatch.undo()

    assert any_ws.activity() == before
    assert any_ws.events("ana") == []
    assert not any_ws.receive(inbound("STOP", sid="torn")).duplicate


def test_threads_that_deliver_one_message_at_once_count_it_once(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": "+12025550101"})
    barrier = threading.Barrier(8)

    def deliver(_: int) -> bool:
        barrier.wait(timeout=10)
        return any_ws.receive(inbound("STOP", sid="once")).duplicate

    with ThreadPoolExecutor(8) as pool:
        duplicates = list(pool.map(deliver, range(8)))

    assert sorted(duplicates) == [False] + [True] * 7
    assert len(any_ws.events("ana")) == len(any_ws.consent().changes) == 1


def _deliver(url: str, ready: "multiprocessing.synchronize.Barrier", results: "multiprocessing.Queue[bool]") -> None:
    with Workspace.open(url) as workspace:
        ready.wait(timeout=30)
        results.put(workspace.receive(inbound("STOP", sid="once")).duplicate)


@pytest.mark.parametrize("kind", ["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_processes_that_deliver_one_message_at_once_count_it_once(kind: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with store_url(kind, tmp_path) as any_url, Workspace.open(any_url) as workspace:
        ready, results = context.Barrier(3), context.Queue()
        workers = [context.Process(target=_deliver, args=(any_url, ready, results)) for _ in range(3)]
        for worker in workers:
            worker.start()
        duplicates = [results.get(timeout=60) for _ in workers]
        for worker in workers:
            worker.join(timeout=30)

        assert sorted(duplicates) == [False, True, True]
        assert len(workspace.anonymous_events()) == 1


def test_what_is_stored_is_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with Workspace.open(url) as workspace:
        workspace.identify("ana", {"phone": "+12025550101"})
        workspace.set_policy(keyword_trailing_punctuation=True)
        workspace.set_region("eu")
        told = workspace.receive(inbound("stop!")).explanation

    with Workspace.open(url) as workspace:
        assert workspace.explain(told.message_sid) == told
        assert workspace.policy.keyword_trailing_punctuation
        assert workspace.region == "eu"
        assert [profile.id for profile in workspace.profiles()] == ["ana"]


def test_what_is_remembered_of_a_store_in_memory_follows_every_change(ws: Workspace) -> None:
    ws.add_sender(Sender("+12025550199"))
    assert [sender.phone for sender in ws.senders()] == ["+12025550199"]

    with ws.store.write() as connection:
        # Not by way of the workspace, as an import of a whole workspace does it.
        connection.execute(update(senders).values(phone="+12025550198"))
        assert [sender.phone for sender in sending.all_senders(connection)] == ["+12025550198"]
    assert [sender.phone for sender in ws.senders()] == ["+12025550198"]

    def fail_after_deleting() -> None:
        with ws.store.write() as connection:
            connection.execute(delete(senders))
            assert sending.all_senders(connection) == ()
            raise RuntimeError("taken back")

    with pytest.raises(RuntimeError):
        fail_after_deleting()
    assert [sender.phone for sender in ws.senders()] == ["+12025550198"]


def test_two_workspaces_in_memory_know_nothing_of_each_other() -> None:
    with Workspace.open("sqlite://") as one, Workspace.open("sqlite://") as other:
        one.identify("ana", {"phone": "+12025550101"})

        assert [profile.id for profile in one.profiles()] == ["ana"]
        assert other.profiles() == []


def test_a_sqlite_without_its_memory_file_system_keeps_workspaces_in_memory_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connect, tried = sqlite3.connect, []

    def older(database: str, **options: object) -> sqlite3.Connection:
        tried.append(database)
        if "vfs=" in database:
            raise sqlite3.OperationalError("no such vfs: memdb")
        return connect(database, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", older)
    with Workspace.open("sqlite://") as workspace:
        workspace.identify("ana", {"phone": "+12025550101"})

        assert [profile.id for profile in workspace.profiles()] == ["ana"]
    assert tried[-1] == ":memory:"


def test_a_workspace_in_memory_that_is_full_says_where_there_is_more_room() -> None:
    with Workspace.open("sqlite://") as workspace:
        with workspace.store.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 8}")
        workspace.identify("ana", {"phone": "+12025550101"})
        with pytest.raises(
            StoreError, match=r"sqlite://: database or disk is full\. A workspace in memory holds up to 1"
        ):
            workspace.identify("bob", {"phone": "+12025550102", "note": "x" * 100_000})

        assert [profile.id for profile in workspace.profiles()] == ["ana"]
