"""Details: one message, one request on the wire, each with an address of its own."""

import json
import unicodedata

from flask import Response

from inbound_core.errors import InboundError
from simulator.carrier.log_store import attempt_by_sequence
from simulator.carrier.segments import segment
from simulator.places_in_lists import LAST_PLACE
from simulator.web.routes import Route
from simulator.web.site import Site

NAMES = ("webhook", "call")


class NotHere(InboundError, LookupError):
    """Report an address that leads to nothing, or to nothing any more."""


def message(site: Site, sid: str) -> Response:
    """Show one message: its explanation, its requests, its segments, what the platform logged."""
    found = site.carrier.message(sid)
    moment = site.timeline.moment(found)
    cut = segment(found.body)
    forced = [_named(char) for char in cut.forced_by]
    return site.render("message.html", moment=moment, message=found, segments=cut, forced=forced)


def wire(site: Site, key: str) -> Response:
    """Show one request and its answer, in full."""
    name, _, number = key.partition("-")
    if name not in NAMES or not number.isdecimal() or int(number) > LAST_PLACE:
        raise NotHere(f"{key!r} is no request. The timeline leads to those there are.")
    if name == "webhook":
        return webhook(site, int(number))
    call = site.calls.get(int(number))
    if call is None:
        raise NotHere(f"Call {number} is not kept any more: the newest are, for as long as the simulator runs.")
    return site.render("call.html", call=call, response=readable(call.response))


def webhook(site: Site, number: int) -> Response:
    """Show one webhook or callback: the request, what was signed, and the answer."""
    with site.carrier.account.store.read() as connection:
        attempt = attempt_by_sequence(connection, number)
    if attempt is None:
        raise NotHere(f"There is no webhook {number}. The timeline leads to those there are.")
    return site.render("webhook.html", attempt=attempt)


def _named(char: str) -> str:
    return f"{char} (U+{ord(char):04X} {unicodedata.name(char, 'unnamed').lower()})"


def readable(body: str) -> str:
    """Give JSON with one value a line; anything else as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


ROUTES = (
    Route("/messages/<sid>", message),
    Route("/wire/<key>", wire),
)
