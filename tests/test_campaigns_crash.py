"""Campaigns and crashes: whatever dies, each follow-up of a trigger reaches the carrier once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from inbound_core import OutboundMessage, Sender, Workspace, follow_ups
from inbound_core.campaign_records import FollowUp
from inbound_core.handing_over import FIRST_WAIT, LEASE, MOST_ATTEMPTS
from inbound_core.sending import TransportError
from inbound_core.storage import Store, open_store
from tests.campaign_cases import ANA, BOB, on_yes
from tests.stores import SENDER, SteppingClock, inbound, message_sid, store_url

STEPS = (FollowUp("one"), FollowUp("two"))


class Death(BaseException):
    """Be the end of a process: nothing catches it."""


class AskableCarrier:
    """Be a carrier that can be asked what it took, and that may die or fall silent around the taking."""

    def __init__(self) -> None:
        self.taken: list[tuple[OutboundMessage, str]] = []
        self.before: BaseException | None = None
        self.after: BaseException | None = None

    def __call__(self, message: OutboundMessage) -> str:
        if self.before is not None:
            raise self.before
        sid = message_sid(("taken", len(self.taken)))
        self.taken.append((message, sid))
        if self.after is not None:
            raise self.after
        return sid

    def find(self, message: OutboundMessage, since: datetime) -> tuple[str, ...]:
        return tuple(
            sid for taken, sid in self.taken if taken.body == message.body and taken.to_phone == message.to_phone
        )

    def bodies(self) -> list[str]:
        return [message.body for message, _ in self.taken]


class MortalStore(Store):
    """Be a store whose process dies around the end of its n-th transaction: just before it counts, or just after."""

    def __init__(self, store: Store, dies_at: int, after_commit: bool) -> None:
        super().__init__(store.engine)
        self.dies_at = dies_at
        self.after_commit = after_commit
        self.writes = 0

    @contextmanager
    def write(self, lock: str | None = None) -> Iterator[Connection]:
        self.writes += 1
        dying = self.writes == self.dies_at
        with super().write(lock) as connection:
            yield connection
            if dying and not self.after_commit:
                raise Death
        if dying:
            raise Death


def prepared(store: Store, clock: SteppingClock) -> Workspace:
    workspace = Workspace(store, now=clock)
    workspace.add_sender(Sender(SENDER))
    workspace.identify("ana", {"phone": ANA})
    workspace.identify("bob", {"phone": BOB})
    workspace.campaigns.save(on_yes(follow_ups=STEPS))
    return workspace


@pytest.mark.parametrize("after_commit", [False, True], ids=["before it is durable", "after it is durable"])
@pytest.mark.parametrize("kind", ["memory", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_death_around_any_transaction_loses_nothing_and_doubles_nothing(
    kind: str, after_commit: bool, tmp_path: Path
) -> None:
    for dies_at in range(1, 30):
        clock, carrier = SteppingClock(), AskableCarrier()
        with store_url(kind, tmp_path) as url:
            store = open_store(url)
            prepared(store, clock)
            message = inbound("YES", ANA, at=clock())
            mortal = Workspace(MortalStore(store, dies_at, after_commit), now=clock, transport=carrier)
            died = False
            try:
                mortal.receive(message)
                mortal.campaigns.run_due()
            except Death:
                died = True

            heir = Workspace(store, now=clock, transport=carrier)
            heir.receive(message)
            for _ in range(3):
                clock.time += LEASE + timedelta(seconds=1)
                heir.campaigns.run_due()

            assert carrier.bodies() == ["one", "two"], dies_at
            report = heir.campaigns.report("updates")
            assert (report.started, report.sent, report.waiting, report.queued) == (1, 2, 0, 0), dies_at
            assert [entry.text for entry in heir.activity(kind="message_sent")] != [], dies_at
            assert len(heir.activity(kind="message_sent")) == 2, dies_at
            store.close()
        if not died:
            break
    assert 5 < dies_at < 29, "the last transaction was followed by none"


@pytest.fixture
def carrier() -> AskableCarrier:
    return AskableCarrier()


@pytest.fixture
def ws(any_ws: Workspace, carrier: AskableCarrier, clock: SteppingClock) -> Workspace:
    any_ws.outgoing.transport = carrier
    any_ws.identify("ana", {"phone": ANA})
    any_ws.campaigns.save(on_yes(follow_ups=(FollowUp("one"),)))
    any_ws.receive(inbound("YES", ANA, at=clock()))
    return any_ws


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(TransportError("no answer", uncertain=True), None, id="silence, and it was not taken"),
        pytest.param(None, TransportError("no answer", uncertain=True), id="silence, and it was taken"),
    ],
)
def test_a_carrier_that_fell_silent_is_asked_before_anything_is_sent_again(
    ws: Workspace, carrier: AskableCarrier, clock: SteppingClock, before: TransportError, after: TransportError
) -> None:
    carrier.before, carrier.after = before, after
    assert [message.status for message in ws.campaigns.run_due()] == ["sending"]
    carrier.before = carrier.after = None

    ws.campaigns.run_due()
    assert len(carrier.taken) == (after is not None)
    clock.time += LEASE
    ws.campaigns.run_due()
    ws.campaigns.run_due()

    assert carrier.bodies() == ["one"]
    (entry,) = ws.activity(kind="message_sent")
    assert ("found at the carrier" in entry.text) == (after is not None)
    assert entry.message_sid == carrier.taken[0][1]


def test_who_asked_too_slowly_does_not_put_back_what_another_is_sending_by_now(
    ws: Workspace, carrier: AskableCarrier, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier.before = silence = TransportError("no answer", uncertain=True)
    ws.campaigns.run_due()
    carrier.before, carrier.after = None, silence
    quicker, find = Workspace(ws.store, now=clock, transport=carrier), carrier.find

    def find_slowly(message: OutboundMessage, since: datetime) -> tuple[str, ...]:
        monkeypatch.setattr(carrier, "find", find)
        found = carrier.find(message, since)
        quicker.campaigns.run_due()
        return found

    monkeypatch.setattr(carrier, "find", find_slowly)
    clock.time += LEASE
    ws.campaigns.run_due()
    assert carrier.bodies() == ["one"]
    for _ in range(5):
        clock.time += LEASE / 4
        ws.campaigns.run_due()

    assert carrier.bodies() == ["one"]
    assert len(ws.activity(kind="message_sent")) == 1


def test_what_silence_kept_back_says_that_it_waits_again(
    ws: Workspace, carrier: AskableCarrier, clock: SteppingClock
) -> None:
    carrier.before = TransportError("no answer", uncertain=True)
    ws.campaigns.run_due()
    clock.time += LEASE
    ws.outgoing.handing_over.recover(clock())

    (sid,) = {entry.message_sid for entry in ws.activity(kind="message_received")}
    assert "the carrier did not have it, so it waits to be sent again" in str(ws.campaigns.why_not(str(sid), "updates"))


def test_a_carrier_that_cannot_be_asked_gets_nothing_twice(ws: Workspace, clock: SteppingClock) -> None:
    class Forgetful:
        calls = 0

        def __call__(self, message: OutboundMessage) -> str:
            self.calls += 1
            raise TransportError("no answer", uncertain=True)

    ws.outgoing.transport = forgetful = Forgetful()
    for _ in range(3):
        ws.campaigns.run_due()
        clock.time += LEASE

    assert forgetful.calls == 1
    (entry,) = ws.activity(kind="send_failed")
    assert "so that nobody gets it twice" in entry.text


def test_a_carrier_that_is_away_is_tried_again_with_growing_waits(
    ws: Workspace, carrier: AskableCarrier, clock: SteppingClock
) -> None:
    carrier.before = TransportError("refused", passing=True)
    assert [message.status for message in ws.campaigns.run_due()] == ["queued"]
    assert ws.campaigns.run_due() == []
    clock.time += FIRST_WAIT
    assert [message.status for message in ws.campaigns.run_due()] == ["queued"]

    carrier.before = None
    clock.time += FIRST_WAIT * 2
    assert [message.status for message in ws.campaigns.run_due()] == ["sent"]
    assert carrier.bodies() == ["one"]


def test_the_next_look_is_when_something_can_be_done_and_ever_later_where_nothing_helps(
    ws: Workspace, carrier: AskableCarrier, clock: SteppingClock
) -> None:
    carrier.before = TransportError("refused", passing=True)
    ws.campaigns.run_due()
    again = ws.campaigns.next_look()
    assert again is not None
    carrier.before = TransportError("no answer", uncertain=True)
    clock.time = again
    assert [message.status for message in ws.campaigns.run_due()] == ["sending"]

    waits = []
    while (look := ws.campaigns.next_look()) is not None:
        waits.append(look - clock.time)
        clock.time = look

    assert LEASE - timedelta(seconds=9) < waits[0] < LEASE + timedelta(seconds=9)
    assert all(later > earlier for earlier, later in pairwise(waits[1:]))
    assert 3 < len(waits) < 15


def test_a_carrier_that_stays_away_is_given_up(ws: Workspace, carrier: AskableCarrier, clock: SteppingClock) -> None:
    carrier.before = TransportError("refused", passing=True)

    for _ in range(MOST_ATTEMPTS + 2):
        ws.campaigns.run_due()
        clock.advance(hours=1)

    (entry,) = ws.activity(kind="send_failed")
    assert f"in {MOST_ATTEMPTS} attempts" in entry.text
    assert carrier.taken == []


def test_an_opt_out_while_a_message_waits_for_the_carrier_holds_it_back(
    ws: Workspace, carrier: AskableCarrier, clock: SteppingClock
) -> None:
    carrier.before = TransportError("refused", passing=True)
    ws.campaigns.run_due()
    carrier.before = None
    ws.receive(inbound("STOP", ANA, at=clock()))

    clock.advance(hours=1)
    ws.campaigns.run_due()

    assert carrier.taken == []
    assert "R21" in ws.activity(kind="send_refused")[0].text


def test_without_a_carrier_messages_wait_and_are_not_sent_as_others_are(ws: Workspace, carrier: AskableCarrier) -> None:
    ws.outgoing.transport = None
    assert [message.status for message in ws.campaigns.run_due()] == ["queued"]
    ws.outgoing.transport = carrier

    assert ws.send_queued() == []
    ws.campaigns.run_due()
    assert carrier.bodies() == ["one"]


def test_what_was_queued_before_there_was_a_carrier_is_looked_at_now_and_all_of_it_goes_out(
    ws: Workspace, carrier: AskableCarrier, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws.outgoing.transport = None
    for _ in range(4):
        ws.receive(inbound("YES", ANA, at=clock()))
    ws.campaigns.run_due()
    assert ws.campaigns.next_look() is None

    ws.outgoing.transport = carrier
    assert ws.campaigns.next_look() == clock.time
    monkeypatch.setattr(follow_ups, "_CHUNK", 2)
    assert [message.status for message in ws.campaigns.run_due()] == ["sent"] * 5
    assert ws.campaigns.next_look() is None


@pytest.mark.parametrize("kind", ["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_several_senders_at_once_send_each_message_once(kind: str, tmp_path: Path) -> None:
    clock = SteppingClock()
    carrier = AskableCarrier()
    with store_url(kind, tmp_path) as url:
        first = prepared(open_store(url), clock)
        for number in range(20):
            first.receive(inbound("YES", (ANA, BOB)[number % 2], at=clock()))
        workers = [Workspace(open_store(url), now=clock, transport=carrier) for _ in range(4)]
        failures: list[BaseException] = []

        def work(workspace: Workspace) -> None:
            try:
                workspace.campaigns.run_due()
            except BaseException as failure:  # noqa: BLE001
                failures.append(failure)

        threads = [threading.Thread(target=work, args=(workspace,)) for workspace in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert failures == []
        assert sorted(carrier.bodies()) == ["one"] * 20 + ["two"] * 20
        assert first.campaigns.report("updates").sent == 40
        for workspace in (first, *workers):
            workspace.close()
