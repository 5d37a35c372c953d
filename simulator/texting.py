"""Texting: let a handset text one of the platform's numbers, wait for both sides, and tell what happened."""

import time
from datetime import timedelta

from inbound_core.activity import ActivityKind
from inbound_core.errors import InboundError
from inbound_core.phones import read_phone
from inbound_core.storage import campaigns, outbox
from inbound_core.workspace import UnknownMessage, Workspace
from simulator.carrier import Carrier
from simulator.carrier.errors import UnusableNumber
from simulator.carrier.phone_numbers import as_e164
from simulator.carrier.statuses import NOT_DELIVERED
from simulator.clock import VirtualClock
from simulator.outcomes import Delivery, TextOutcome

#: A webhook may take 15 s, and its fallback as long again.
LONGEST_WAIT = 35.0
#: What campaigns have due goes out in moments, but a flood of it, or a carrier that hangs, holds nobody up for long.
LONGEST_FOLLOW_UP = 5.0
#: Seconds between two looks for what is still to go out.
_LOOK = 0.02


class UnknownNumberError(InboundError, LookupError):
    """Report a number that none of the platform's is."""


class OwnNumberError(InboundError, ValueError):
    """Report a handset whose number is one of the platform's own."""


def text(
    workspace: Workspace, carrier: Carrier, from_phone: str, body: str, to_phone: str | None = None
) -> TextOutcome:
    """Text from a handset, wait until the webhook is answered and what campaigns reply at once is there; give both.

    `to_phone` is the platform's first number unless given. Raise `UnknownNumberError` when the platform has
    no such number, `OwnNumberError` for a handset with one of its own, and `CarrierError` for one that cannot text.
    """
    number = _number(carrier, to_phone)
    if as_e164(from_phone) in {own.phone_number for own in carrier.numbers()}:
        raise OwnNumberError(
            f"{from_phone} is one of the platform's own numbers, which no handset has. Text from another, such as "
            "+12025550101."
        )
    known = {entry.sid for entry in carrier.conversation(from_phone)}
    try:
        message = carrier.text(from_phone, number, body)
    except UnusableNumber as error:
        meant = read_phone(from_phone, default_region=workspace.policy.default_region).e164
        hint = f" Did you mean {meant}?" if meant else ""
        raise UnusableNumber(f"{error}{hint}") from error
    carrier.wait_idle(LONGEST_WAIT)
    if workspace.activity(1, message_sid=message.sid, kind=ActivityKind.CAMPAIGN_TRIGGERED):
        settle(workspace, carrier)
    heard = [
        entry
        for entry in carrier.conversation(message.handset)
        if entry.incoming and entry.sid not in known and entry.status not in NOT_DELIVERED
    ]
    deliveries = tuple(
        Delivery(attempt.url, attempt.status, attempt.error_code, attempt.response_body)
        for attempt in carrier.attempts(message.sid)
    )
    try:
        explanation = workspace.explain(message.sid)
    except UnknownMessage:
        explanation = None
    return TextOutcome(
        message.sid, message.handset, number, body, deliveries, tuple(entry.body for entry in heard), explanation
    )


def settle(workspace: Workspace, carrier: Carrier) -> None:
    """Wait, for some seconds at most, until what campaigns have due by now has gone out and arrived.

    A clock that stands still is moved as far as it takes to arrive; what is due later stays due later.
    """
    if isinstance(carrier.clock, VirtualClock):
        carrier.clock.set(carrier.clock.now())
    else:
        deadline = time.monotonic() + LONGEST_FOLLOW_UP
        while _is_going_out(workspace) and time.monotonic() < deadline:
            time.sleep(_LOOK)
    carrier.wait_idle(LONGEST_WAIT)


def _is_going_out(workspace: Workspace) -> bool:
    """Tell whether a follow-up is due, or its message about to be handed over; what is tried again later is not."""
    now = workspace.now()
    with workspace.store.read() as connection:
        if campaigns.due(connection, now, 1) or any(not one.attempts for one in outbox.ready(connection, 0, 1)):
            return True
        in_hand = outbox.attempted(connection, now - timedelta(seconds=LONGEST_FOLLOW_UP))
    return any(status == outbox.SENDING for status, _, _ in in_hand)


def _number(carrier: Carrier, wanted: str | None) -> str:
    numbers = [number.phone_number for number in carrier.numbers()]
    if wanted is None and numbers:
        return numbers[0]
    for number in carrier.numbers():
        if wanted in (number.phone_number, number.service_sid):
            return number.phone_number
    raise UnknownNumberError(
        f"{wanted} is none of the platform's numbers. They are: {', '.join(numbers) or 'none yet'}."
    )
