"""Control: what goes wrong, what Twilio answers, what time it is, and where a workspace goes and comes from."""

import tempfile
from datetime import timedelta
from typing import Any

from flask import Response, redirect, request, send_file

from inbound_core.errors import InboundError
from inbound_core.storage import history, people
from simulator.carrier.advanced_opt_out import AdvancedOptOut, Wording
from simulator.carrier.opt_out import Keyword
from simulator.carrier.phone_numbers import as_e164
from simulator.carrier.resources import MessagingService
from simulator.clock import VirtualClock
from simulator.connecting import connect
from simulator.fault_plans import KINDS, FaultPlan
from simulator.faults import Faults
from simulator.uploads import IMPORT_PATH, LARGEST_IMPORT
from simulator.web.routes import Route
from simulator.web.site import Site
from simulator.workspace_file import export_workspace, import_workspace, reset

#: What is said when something was done.
DONE = {
    "armed": "The fault is armed. Every page says so until you disarm it.",
    "disarmed": "No fault is armed any more.",
    "words": "Advanced Opt-Out is on with these words and answers.",
    "standard": "Advanced Opt-Out is off: Twilio’s standard words and answers count.",
    "moved": "The clock was moved, and what was due on the way has happened.",
    "afresh": "All people and all history are deleted.",
    "imported": "The workspace is now the one of the file.",
}

#: As far as the clock moves at once.
LONGEST_STEP = timedelta(days=366)


class ControlPanelError(InboundError, ValueError):
    """Report a setting that cannot be made, and what would do."""


def control(site: Site) -> Response:
    """Show everything that can be set by hand."""
    clock = site.carrier.clock
    service = next(iter(site.carrier.services()), None)
    return site.render(
        "control.html",
        kinds=KINDS,
        plans=site.faults.plans if site.faults else (),
        firings=site.faults.firings[-10:][::-1] if site.faults else (),
        can_fault=site.faults is not None,
        clock_now=clock.now(),
        clock_moves=isinstance(clock, VirtualClock),
        services=site.carrier.services(),
        words={one.sid: _words_of(one) for one in site.carrier.services()},
        service=service,
        counts=_counts(site),
        done=DONE.get(request.args.get("done", ""), ""),
    )


def _counts(site: Site) -> dict[str, int]:
    with site.workspace.store.read() as connection:
        return {"person": people.counts(connection)[0], "message": history.message_count(connection)[0]}


# -- faults -----------------------------------------------------------------------------------------------


def arm(site: Site) -> Response:
    """Arm one fault."""
    hop, _, kind = request.form.get("fault", "").partition("/")
    if kind not in KINDS.get(hop, {}):
        raise ControlPanelError("Choose which fault is to happen.")
    _faults(site).arm(FaultPlan(hop, kind, **_trigger()))
    return _back(site, "armed")


def _trigger() -> dict[str, Any]:
    """Read when a fault is to happen."""
    when, number = request.form.get("when", "always"), request.form.get("number", "1").strip() or "1"
    more = _only(request.form.get("person", "").strip())
    if when == "always":
        return more
    if not number.isdecimal() or not 1 <= int(number) <= 1_000_000:
        raise ControlPanelError("How often is a whole number of at least 1.")
    if when == "percent":
        return {**more, "probability": min(int(number), 100) / 100}
    if when in ("first", "every", "nth"):
        return {**more, when: int(number)}
    raise ControlPanelError("Choose when the fault is to happen.")


def _only(written: str) -> dict[str, Any]:
    if not written:
        return {}
    person = as_e164(written)
    if person is None:
        raise ControlPanelError(f"{written!r} is no handset's number. Write it in E.164, or leave it out for all.")
    return {"person": person}


def disarm(site: Site) -> Response:
    """Take back all faults."""
    _faults(site).clear()
    return _back(site, "disarmed")


def _faults(site: Site) -> Faults:
    if site.faults is None:
        raise ControlPanelError("This simulator was made without faults.")
    return site.faults


# -- Twilio's answers ---------------------------------------------------------------------------------------


def _words_of(service: MessagingService) -> dict[str, tuple[str, str]]:
    """Give the words and answer of each type, as Advanced Opt-Out has them or would begin with."""
    kept = service.advanced_opt_out
    lists = AdvancedOptOut.from_dict(kept) if kept else AdvancedOptOut()
    return {str(keyword): (", ".join(one.keywords), one.answer) for keyword, one in lists.standard.items()}


def opt_out_words(site: Site) -> Response:
    """Switch Advanced Opt-Out of a service on with these words, or off (R24)."""
    sid = request.form.get("service", "")
    lists: dict[str, Any] | None = None
    if request.form.get("off") is None:
        lists = AdvancedOptOut({keyword: _wording(keyword) for keyword in Keyword}).to_dict()
    directory = site.carrier.account.directory
    directory.change(MessagingService, sid, site.carrier.clock.now(), advanced_opt_out=lists)
    return _back(site, "words" if lists else "standard")


def _wording(keyword: Keyword) -> Wording:
    words = request.form.get(f"{keyword}-words", "").replace(",", " ").split()
    answer = request.form.get(f"{keyword}-answer", "").strip()
    if not answer:
        raise ControlPanelError(f"Say what is answered to {keyword}.")
    return Wording(tuple(word.upper() for word in words), answer)


# -- time ---------------------------------------------------------------------------------------------------


def advance(site: Site) -> Response:
    """Move a clock that stands still; everything that is due on the way happens."""
    clock = site.carrier.clock
    if not isinstance(clock, VirtualClock):
        raise ControlPanelError("The clock goes with real time here. Start with `inbound serve --frozen` to move it.")
    amount, unit = request.form.get("amount", ""), request.form.get("unit", "")
    if not amount.isdecimal() or unit not in ("seconds", "minutes", "hours", "days"):
        raise ControlPanelError("Say how far: a whole number of seconds, minutes, hours or days.")
    step = timedelta(**{unit: int(amount[:9])})
    if step > LONGEST_STEP:
        raise ControlPanelError(f"The clock moves at most {LONGEST_STEP.days} days at once.")
    clock.advance(step.total_seconds())
    return _back(site, "moved")


# -- the workspace --------------------------------------------------------------------------------------------


def begin_afresh(site: Site) -> Response:
    """Forget people and history, when asked twice."""
    if request.form.get("sure") != "yes":
        raise ControlPanelError("Nothing was deleted. Tick the box first: what is deleted does not come back.")
    reset(site.workspace, site.carrier)
    site.calls.clear()
    return _back(site, "afresh")


def export(site: Site) -> Response:
    """Give the workspace as one file."""
    at = site.workspace.now()
    # Written down before it is sent: whoever downloads slowly shall not hold up both stores.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the server when it is sent
    for piece in export_workspace(site.workspace, site.carrier, at):
        file.write(piece)
    file.seek(0)
    name = f"workspace-{at:%Y-%m-%d-%H%M}.jsonl.gz"
    return send_file(file, mimetype="application/gzip", as_attachment=True, download_name=name)


def take_in(site: Site) -> Response:
    """Replace the workspace by that of a file."""
    request.max_content_length = LARGEST_IMPORT
    file = request.files.get("file")
    if file is None or not file.filename:
        raise ControlPanelError("Choose a file that `Export` made.")
    import_workspace(site.workspace, site.carrier, file.stream)
    connect(site.workspace, site.carrier, site.inbound_url)
    site.calls.clear()
    return _back(site, "imported")


def _back(site: Site, done: str) -> Response:
    site.changes.touch()
    return redirect(f"/control?done={done}", 303)  # type: ignore[return-value]


ROUTES = (
    Route("/control", control),
    Route("/control/faults", arm, ("POST",), changes=True),
    Route("/control/faults/clear", disarm, ("POST",), changes=True),
    Route("/control/opt-out", opt_out_words, ("POST",), changes=True),
    Route("/control/clock", advance, ("POST",), changes=True),
    Route("/control/reset", begin_afresh, ("POST",), changes=True),
    Route("/control/export", export, ("POST",), changes=True),
    Route(IMPORT_PATH, take_in, ("POST",), changes=True),
)
