"""Carrier reports: what Twilio says later of a message that it took, and what the platform makes of it."""

import threading
import time
from pathlib import Path

import pytest

from inbound_core import OutboundMessage, Workspace
from inbound_core.activity import ActivityKind
from inbound_core.storage import outbox
from simulator import start
from tests.stores import SENDER, message_sid, store_url
from tests.waiting import wait_until

ANA = "+12025550101"
SID = message_sid("sent")


@pytest.mark.parametrize("early", [False, True])
def test_a_message_that_did_not_arrive_is_told_in_the_log_once(any_ws: Workspace, early: bool) -> None:
    def transport(_message: OutboundMessage) -> str:
        if early:
            any_ws.outgoing.note_status(SID, "undelivered", 30005)
        return SID

    any_ws.identify("ana", {"phone": ANA})
    any_ws.outgoing.transport = transport
    any_ws.send("ana", "news")
    any_ws.outgoing.note_status(SID, "undelivered", 30005)
    any_ws.outgoing.note_status(SID, "sent")

    sent, failed = any_ws.activity(profile_id="ana")[-2:]
    assert (sent.kind, failed.kind) == (ActivityKind.MESSAGE_SENT, ActivityKind.SEND_FAILED)
    assert "reports it as undelivered (30005)" in failed.text


def test_a_message_that_arrived_is_no_failure(any_ws: Workspace) -> None:
    any_ws.identify("ana", {"phone": ANA})
    any_ws.outgoing.transport = lambda _message: SID
    any_ws.send("ana", "news")

    for status in ("sent", "delivered"):
        any_ws.outgoing.note_status(SID, status)

    assert any_ws.activity(kind="send_failed") == []


@pytest.mark.parametrize("kind", ["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_report_that_comes_together_with_the_carriers_answer_is_not_lost(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noting = threading.Event()
    note = outbox.note_status

    def note_slowly(*given: object) -> bool:
        noted = note(*given)  # type: ignore[arg-type]
        noting.set()
        time.sleep(0.3)
        return noted

    with store_url(kind, tmp_path) as url, Workspace.open(url) as ws:
        ws.identify("ana", {"phone": ANA})
        report = threading.Thread(target=ws.outgoing.note_status, args=(SID, "failed", 21610))

        def transport(_message: OutboundMessage) -> str:
            monkeypatch.setattr(outbox, "note_status", note_slowly)
            report.start()
            assert noting.wait(10)
            return SID

        ws.outgoing.transport = transport
        ws.send("ana", "news", SENDER)
        report.join()

        assert [entry.data["error_code"] for entry in ws.activity(kind="send_failed")] == [21610]


@pytest.mark.rule("R21")
def test_a_stop_that_only_the_carrier_knows_of_shows_in_the_platforms_log() -> None:
    with start() as simulator:
        simulator.workspace.identify("ana", {"phone": ANA})
        simulator.carrier.set_inbound_url("http://127.0.0.1:1/inbound/sms")
        assert not simulator.text(ANA, "STOP").arrived

        simulator.workspace.send("ana", "news", simulator.carrier.services()[0].sid)
        wait_until(lambda: len(simulator.workspace.activity(kind="send_failed")) == 1)

        assert "opted out at Twilio" in simulator.workspace.activity(kind="send_failed")[0].text
