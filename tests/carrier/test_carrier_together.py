"""Many at once, and the same again: threads lose nothing, and a seed and a frozen clock give one story."""

import threading
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.carrier import Carrier
from simulator.carrier.errors import CarrierStoreError
from simulator.clock import VirtualClock
from tests.carrier.applications import running
from tests.carrier.carriers import HANDSET, NUMBER, SERVICE_NUMBER, carrier_with


def test_threads_that_text_send_and_opt_out_at_once_lose_nothing() -> None:
    with carrier_with() as carrier, running() as application:
        carrier.set_inbound_url(application.url)
        service = carrier.services()[0].sid
        failures: list[BaseException] = []

        def work(worker: int) -> None:
            handset = f"+120255501{worker:02}"
            try:
                for index in range(10):
                    carrier.text(handset, NUMBER, f"text {index}")
                    carrier.send(handset, f"by number {index}", NUMBER)
                    carrier.send(handset, f"by service {index}", messaging_service_sid=service)
                carrier.text(handset, SERVICE_NUMBER, "STOP")
            except Exception as error:  # noqa: BLE001 - told by the test below
                failures.append(error)

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert carrier.wait_idle(60)

        assert failures == []
        messages = carrier.messages(limit=1000)
        assert len({message.sid for message in messages}) == len(messages) == 8 * 31
        assert len(application.requests) == 8 * 11
        assert {message.status for message in messages} <= {"received", "delivered", "failed"}
        assert {m.error_code for m in messages if m.status == "failed"} <= {21610}
        assert [entry.scope for entry in carrier.opt_outs()] == [service] * 8


def story(carrier: Carrier, clock: VirtualClock) -> list[dict[str, Any]]:
    """Play a story and give everything that is known of it, but for where and how fast the application was."""
    carrier.text(HANDSET, NUMBER, "hello")
    carrier.send(HANDSET, "hi", NUMBER)
    clock.advance(10)
    carrier.text(HANDSET, NUMBER, "STOP")
    carrier.send(HANDSET, "again", messaging_service_sid=carrier.services()[0].sid)
    clock.run_until_idle()
    told: list[dict[str, Any]] = [asdict(message) for message in carrier.messages()]
    told += [asdict(bubble) for bubble in carrier.conversation(HANDSET)]
    for attempt in carrier.attempts():
        told.append({"form": attempt.form, "at": attempt.started_at, "answer": attempt.response_body})
    return told


def test_the_same_seed_and_a_frozen_clock_tell_the_same_story_twice() -> None:
    def told() -> list[dict[str, Any]]:
        clock = VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        with carrier_with(clock) as carrier, running() as application:
            application.answer("<Response><Message>Welcome!</Message></Response>")
            carrier.set_inbound_url(application.url)
            return story(carrier, clock)

    first = told()
    assert first == told()
    assert any(entry.get("body") == "Welcome!" for entry in first)


def test_listeners_hear_every_change_until_they_leave() -> None:
    with carrier_with() as carrier:
        heard: list[str] = []
        leave = carrier.subscribe(lambda event: heard.append(event.kind))
        carrier.text(HANDSET, NUMBER, "STOP")
        carrier.add_number("+12025550198")
        leave()
        carrier.text(HANDSET, NUMBER, "more")
    assert heard == ["message", "opt_out", "message", "number"]


def test_steps_that_the_database_refuses_are_taken_back_together_and_explained() -> None:
    with carrier_with(VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))) as carrier:
        sid = carrier.send(HANDSET, "hello", NUMBER).sid
        step = ("UPDATE messages SET status = :status", {"status": "sent"})
        with pytest.raises(CarrierStoreError, match="no such table: nowhere"):
            carrier.account.store.run([step, ("DELETE FROM nowhere", {})])
        assert carrier.message(sid).status == "queued"

        assert carrier.wait_idle()
        assert carrier.message(sid).status == "delivered"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_an_account_in_memory_is_nobody_elses(url: str) -> None:
    with carrier_with(database_url=url) as one, carrier_with(database_url=url) as other:
        one.text(HANDSET, NUMBER, "hello")

        assert [message.body for message in one.messages()] == ["hello"]
        assert other.messages() == ()


def test_an_account_in_memory_that_is_full_says_where_there_is_more_room() -> None:
    with carrier_with() as carrier:
        with carrier.account.store.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

        def fill() -> None:
            for _ in range(1000):
                carrier.text(HANDSET, NUMBER, "x" * 1000)

        with pytest.raises(CarrierStoreError, match=r"is full\. In memory it holds up to 1 GB: keep it in a file"):
            fill()
        assert {message.body for message in carrier.messages()} == {"x" * 1000}
