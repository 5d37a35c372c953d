"""What was sent before there was a carrier: all of it is handed over, whatever becomes of some of it."""

import pytest

from inbound_core import OutboundMessage, Workspace
from inbound_core.sending import TransportError
from inbound_core.storage import sending
from tests.campaign_cases import ANA, BOB, CAT, Carrier
from tests.stores import SENDER, SteppingClock, inbound


@pytest.fixture
def waiting(any_ws: Workspace) -> Workspace:
    """Give a workspace where a message waits to each of three people."""
    for name, phone in (("ana", ANA), ("bob", BOB), ("cat", CAT)):
        any_ws.identify(name, {"phone": phone})
        assert any_ws.send(name, "news").status == "queued"
    return any_ws


@pytest.mark.parametrize(
    ("error", "status", "in_the_end"),
    [
        pytest.param(TransportError("no such number", 21211), "failed", [ANA, CAT], id="refused for good"),
        pytest.param(TransportError("too many", passing=True), "queued", [ANA, CAT, BOB], id="surely not taken"),
        pytest.param(TransportError("no answer", uncertain=True), "sending", [ANA, CAT], id="perhaps taken"),
    ],
)
def test_what_the_carrier_does_not_take_keeps_nobody_else_waiting(
    waiting: Workspace, error: TransportError, status: str, in_the_end: list[str]
) -> None:
    waiting.outgoing.transport = carrier = Carrier()
    carrier.refuses[BOB] = error

    assert [message.status for message in waiting.send_queued()] == ["sent", status, "sent"]
    carrier.refuses.clear()
    waiting.send_queued()

    assert [phone for phone, _ in carrier.texts()] == in_the_end
    assert len(waiting.activity(kind="send_failed")) == (status == "failed")


def test_an_opt_out_meanwhile_holds_one_back_and_no_other(waiting: Workspace, clock: SteppingClock) -> None:
    waiting.receive(inbound("STOP", BOB, at=clock()))
    waiting.outgoing.transport = carrier = Carrier()

    assert [message.message.profile_id for message in waiting.send_queued()] == ["ana", "cat"]
    assert [phone for phone, _ in carrier.texts()] == [ANA, CAT]


def test_what_waits_to_be_sent_by_hand_wakes_no_campaign(waiting: Workspace) -> None:
    waiting.outgoing.transport = carrier = Carrier()
    assert waiting.campaigns.next_look() is None

    carrier.refuses[BOB] = TransportError("too many", passing=True)
    waiting.send_queued()

    assert waiting.campaigns.next_look() is None


def test_a_long_queue_is_handed_over_to_its_end(ws: Workspace) -> None:
    with ws.store.write() as connection:
        for number in range(1101):
            sending.queue(connection, OutboundMessage(ANA, SENDER, str(number), None), ws.now())
    assert {message.status for message in ws.send_queued()} == {"queued"}
    ws.outgoing.transport = carrier = Carrier()

    assert len(ws.send_queued()) == 1101
    assert [body for _, body in carrier.texts()] == [str(number) for number in range(1101)]
    assert ws.send_queued() == []
