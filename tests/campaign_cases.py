"""Campaigns to test with, and a carrier that keeps what it took."""

from inbound_core import OutboundMessage, Workspace
from inbound_core.campaign_records import Campaign, FollowUp, KeywordTrigger
from inbound_core.sending import TransportError
from tests.stores import SteppingClock, inbound, message_sid

ANA, BOB, CAT = "+12025550101", "+12025550102", "+12025550103"
OTHER = "+12025550198"
HELLO = FollowUp("Hi {{ profile.first_name | default('there') }}, you wrote {{ event.keyword | default('') }}.")


class Carrier:
    """Be a carrier that takes every message, or refuses those to some numbers."""

    def __init__(self) -> None:
        self.taken: list[OutboundMessage] = []
        self.refuses: dict[str, TransportError] = {}

    def __call__(self, message: OutboundMessage) -> str:
        if message.to_phone in self.refuses:
            raise self.refuses[message.to_phone]
        sid = self.next_sid()
        self.taken.append(message)
        return sid

    def next_sid(self) -> str:
        return message_sid(("out", len(self.taken)))

    def texts(self) -> list[tuple[str, str]]:
        return [(message.to_phone, message.body) for message in self.taken]


def on_yes(**more: object) -> Campaign:
    given = {"name": "updates", "trigger": KeywordTrigger(("yes",)), "follow_ups": (HELLO,), **more}
    return Campaign(**given)  # type: ignore[arg-type]


def yes(ws: Workspace, clock: SteppingClock, phone: str = ANA, body: str = "YES", sid: object = None) -> str:
    message = inbound(body, phone, sid=sid, at=clock())
    ws.receive(message)
    return message.message_sid
