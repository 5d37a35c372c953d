"""Steps: what checklists ask of the state. Only what happened since the lesson began counts."""

from inbound_core.activity import ActivityKind
from workbench.bench import Bench
from workbench.checklist import Step


def _since(bench: Bench, kind: ActivityKind, **equal: str | None) -> bool:
    return bool(bench.workspace.activity(limit=1, after=bench.began, kind=str(kind), **equal))


def profile_with_phone(title: str = "A profile has a phone that can be read", hint: str = "") -> Step:
    """Tick when somebody in the workspace has a readable phone (R3)."""
    return Step(title, lambda bench: any(p.phone_e164 for p in bench.workspace.profiles(limit=1000)), hint)


def message_from(phone: str, title: str = "", hint: str = "") -> Step:
    """Tick when a message from a number was attributed to a profile."""
    title = title or f"A message from {phone} arrived and was attributed"
    return Step(title, lambda bench: _since(bench, ActivityKind.MESSAGE_RECEIVED, phone=phone), hint)


def any_message(title: str = "A message of your own arrived", more_than: int = 0, hint: str = "") -> Step:
    """Tick when more messages arrived since the lesson began than the cells send themselves."""

    def arrived(bench: Bench) -> bool:
        kinds = (ActivityKind.MESSAGE_RECEIVED, ActivityKind.ANONYMOUS_EVENT)
        found = [bench.workspace.activity(limit=1000, after=bench.began, kind=str(kind)) for kind in kinds]
        return sum(len(entries) for entries in found) > more_than

    return Step(title, arrived, hint)


def anonymous_event(phone: str | None = None, title: str = "An anonymous event exists", hint: str = "") -> Step:
    """Tick when a message that nobody owned arrived (R15)."""
    return Step(title, lambda bench: _since(bench, ActivityKind.ANONYMOUS_EVENT, phone=phone), hint)


def opted_out(phone: str, title: str = "", hint: str = "") -> Step:
    """Tick while an opt-out of a number is in force (R14, R20)."""
    title = title or f"An opt-out of {phone} is in force"
    return Step(title, lambda bench: bool(bench.workspace.consent(phone).opted_out_senders(phone)), hint)


def opted_in_again(phone: str, title: str = "", hint: str = "") -> Step:
    """Tick when an opt-out of a number was lifted and none is in force (R21)."""

    def lifted(bench: Bench) -> bool:
        out = bench.workspace.consent(phone).opted_out_senders(phone)
        return not out and _since(bench, ActivityKind.OPTED_IN, phone=phone)

    return Step(title or f"The opt-out of {phone} is lifted again", lifted, hint)


def send_refused(
    phone: str | None = None, title: str = "A message was refused, and the log says why", hint: str = ""
) -> Step:
    """Tick when the platform refused to send (R16, R21)."""
    return Step(title, lambda bench: _since(bench, ActivityKind.SEND_REFUSED, phone=phone), hint)


def set_up(title: str = "The set-up is in order: every prerequisite has its verdict", hint: str = "") -> Step:
    """Tick when nothing of the set-up is missing (R3)."""
    return Step(title, lambda bench: bench.workspace.setup_report().ready, hint)


def profile_reads_as(phone: str, title: str = "", hint: str = "") -> Step:
    """Tick when some profile's phone reads as a number, in whichever form it is stored (R10)."""
    title = title or f"A profile's phone reads as {phone}"
    return Step(title, lambda bench: any(p.phone_e164 == phone for p in bench.workspace.profiles()), hint)
