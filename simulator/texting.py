"""Texting: let a handset text one of the platform's numbers, wait for both sides, and tell what happened."""

from inbound_core.errors import InboundError
from inbound_core.phones import read_phone
from inbound_core.workspace import UnknownMessage, Workspace
from simulator.carrier import Carrier
from simulator.carrier.errors import UnusableNumber
from simulator.outcomes import Delivery, TextOutcome

#: A webhook may take 15 s, and its fallback as long again.
LONGEST_WAIT = 35.0


class UnknownNumberError(InboundError, LookupError):
    """Report a number that none of the platform's is."""


def text(
    workspace: Workspace, carrier: Carrier, from_phone: str, body: str, to_phone: str | None = None
) -> TextOutcome:
    """Text from a handset, wait until the webhook is answered, and give both sides.

    `to_phone` is the platform's first number unless given. Raise `UnknownNumberError` when the platform has
    no such number, and `CarrierError` for a handset that cannot text.
    """
    number = _number(carrier, to_phone)
    known = {entry.sid for entry in carrier.conversation(from_phone)}
    try:
        message = carrier.text(from_phone, number, body)
    except UnusableNumber as error:
        meant = read_phone(from_phone, default_region=workspace.policy.default_region).e164
        hint = f" Did you mean {meant}?" if meant else ""
        raise UnusableNumber(f"{error}{hint}") from error
    carrier.wait_idle(LONGEST_WAIT)
    heard = [entry for entry in carrier.conversation(message.handset) if entry.incoming and entry.sid not in known]
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
