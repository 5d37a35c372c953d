"""Handsets: the page's first sight: a phone, the wire and the platform, message by message."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g, redirect, request

from inbound_core.errors import InboundError
from simulator.carrier import CarrierError
from simulator.carrier.phone_numbers import as_e164
from simulator.clock import VirtualClock
from simulator.places_in_lists import asked_place
from simulator.search_words import Search, SearchError, read_search
from simulator.web.masking import shown_number
from simulator.web.rendering import handset_link
from simulator.web.routes import Route
from simulator.web.site import Site
from simulator.web.timeline import Page

#: The first handset of somebody who has none yet, and how the next ones go on. All are fictional.
FIRST_HANDSET = 12025550101
FICTIONAL = range(FIRST_HANDSET, 12025550142)

#: What people try first.
QUICK_REPLIES = ("STOP", "START", "HELP", "YES", "STOP PLEASE")

#: How long a page without script waits for both sides, so that it shows what came of a text.
PATIENCE = 1.0


class UnusableHandset(InboundError, ValueError):
    """Report what was given for a handset's number and is none."""


def first(site: Site) -> Response:
    """Go to the handset that wrote last, or to the first one."""
    if request.args.get("q"):
        return show(site, None)
    handsets = site.timeline.handsets()
    return _to(handsets[0].phone if handsets else f"+{FIRST_HANDSET}")


def everything(site: Site) -> Response:
    """Show all handsets in one timeline."""
    return show(site, None)


def pick(site: Site) -> Response:
    """Go to the handset whose number somebody typed."""
    return _to(_handset(request.args.get("phone", "")))


def handset(site: Site, key: str) -> Response:
    """Show one handset; while masking, under an address that does not show its number."""
    phone = _handset(shown_number(key))
    if g.masked and not key.startswith("~"):
        return _to(phone)
    return show(site, phone)


def text(site: Site, key: str) -> Response:
    """Let a handset text."""
    phone = _handset(shown_number(key))
    body = request.form.get("quick") or request.form.get("body", "")
    if not body.strip():
        return show(site, phone, error="Write something first: an empty message is not sent.", refused="text")
    try:
        site.carrier.text(phone, request.form.get("to", ""), body)
    except CarrierError as error:
        return show(site, phone, error=str(error), refused="text", typed=body)
    return _done(site, phone)


def identify(site: Site, key: str) -> Response:
    """Put a person on a handset's number."""
    phone = _handset(shown_number(key))
    try:
        site.workspace.identify(request.form.get("id", ""), {"phone": phone})
    except InboundError as error:
        return show(site, phone, error=str(error))
    return _done(site, phone)


def send(site: Site, key: str) -> Response:
    """Let the platform write to a handset's owner; a refusal is told and logged."""
    phone = _handset(shown_number(key))
    body = request.form.get("body", "")
    if not body.strip():
        return show(site, phone, error="Write something first: an empty message is not sent.", refused="message")
    try:
        site.workspace.send(_recipient(site, phone), body, request.form.get("sender") or None)
    except InboundError as error:
        return show(site, phone, error=f"The platform does not send it. {error}", refused="message", said=body)
    return _done(site, phone)


def show(site: Site, phone: str | None, error: str = "", refused: str = "", **typed: str) -> Response:
    """Render the three columns for one handset or for all.

    An error stands on top, or beside what was `refused`: a handset's "text" or the platform's "message".
    """
    wanted, problem = _search(site)
    before = asked_place("before")
    timeline = site.timeline
    values: Mapping[str, Any] = {
        "handset": phone,
        "handsets": timeline.handsets(),
        # A search that cannot be read finds nothing, so that nobody takes what is shown for its answer.
        "page": Page((), None) if problem else timeline.page(phone, wanted, before),
        "before": before,
        "error": error or problem,
        "refused": refused,
        "typed": typed.get("typed", ""),
        "said": typed.get("said", ""),
        "quick_replies": QUICK_REPLIES,
        "next_handset": _next_handset(site),
        "known": None if phone is None else known(site, phone),
    }
    return site.render("timeline.html", 400 if values["error"] else 200, **values)


def known(site: Site, phone: str) -> dict[str, Any]:
    """Gather what both sides know of a number: who has it, and who may not write to it."""
    owners = site.timeline.with_number(phone)
    ledger = site.workspace.consent(phone)
    senders = {sender.key: sender for sender in site.workspace.senders()}
    return {
        "owners": owners,
        "numbers": site.carrier.numbers(),
        "number": _last_number(site, phone),
        "consent": [(key, ledger.state(phone, key), ledger.last(phone, key)) for key in senders],
        "blocked": site.timeline.opted_out_of(phone),
    }


def _search(site: Site) -> tuple[Search, str]:
    try:
        return read_search(request.args.get("q", ""), site.workspace.now()), ""
    except SearchError as error:
        return Search(), str(error)


def _recipient(site: Site, phone: str) -> str:
    owners = site.timeline.with_number(phone)
    return owners[0].id if owners else phone


def _handset(text: str) -> str:
    phone = as_e164(text.strip())
    if phone is None:
        raise UnusableHandset(
            f"{text!r} is no number that a handset could have. Write it in E.164, such as +{FIRST_HANDSET}."
        )
    return phone


def _last_number(site: Site, phone: str) -> str:
    """Give the number that a handset would most likely write to: the one it talked with last."""
    numbers = [number.phone_number for number in site.carrier.numbers()]
    last = site.timeline.last_message(phone)
    if last is not None and last.number in numbers:
        return last.number
    return numbers[0] if numbers else ""


def _next_handset(site: Site) -> str:
    """Give a fictional number that no handset has yet."""
    wanted = [f"+{number}" for number in FICTIONAL]
    taken = site.timeline.in_use(wanted)
    return next((phone for phone in wanted if phone not in taken), "")


def _to(phone: str) -> Response:
    return redirect(str(handset_link(phone)), 302)  # type: ignore[return-value]


def _done(site: Site, phone: str) -> Response:
    """Go back to the handset; a page that listens for changes needs no more than to know that it worked."""
    live = bool(request.headers.get("X-Live"))
    # A clock that stands still has to be asked to let the webhook go out.
    if not live or isinstance(site.carrier.clock, VirtualClock):
        site.carrier.wait_idle(PATIENCE)
    site.changes.touch()
    if live:
        return Response(status=204)
    return redirect(f"{handset_link(phone)}#latest", 303)  # type: ignore[return-value]


ROUTES = (
    Route("/", first),
    Route("/everything", everything),
    Route("/handsets", pick),
    Route("/handsets/<key>", handset),
    Route("/handsets/<key>/texts", text, ("POST",), changes=True),
    Route("/handsets/<key>/profile", identify, ("POST",), changes=True),
    Route("/handsets/<key>/messages", send, ("POST",), changes=True),
)
