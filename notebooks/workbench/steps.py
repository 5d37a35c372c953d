"""Steps: what checklists ask of the state. Only what happened since the lesson began counts."""

from inbound_core.activity import ActivityKind
from inbound_core.consent import ConsentState
from workbench.bench import Bench
from workbench.checklist import Step
from workbench.column_explorer import ColumnExplorer
from workbench.scenario_card import ScenarioCard


def _since(bench: Bench, kind: ActivityKind, **equal: str | None) -> bool:
    return bool(bench.workspace.activity(limit=1, after=bench.began, kind=str(kind), **equal))


def message_from(phone: str, title: str = "", hint: str = "") -> Step:
    """Tick when a message from a number was attributed to a profile."""
    title = title or f"A message from {phone} arrived and was attributed"
    return Step(title, lambda bench: _since(bench, ActivityKind.MESSAGE_RECEIVED, phone=phone), hint)


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


def shared_by(phone: str, profiles: int, title: str = "", hint: str = "") -> Step:
    """Tick when a number is on at least so many profiles (R11)."""
    title = title or f"{phone} is on {profiles} profiles"
    return Step(title, lambda bench: dict(bench.workspace.shared_numbers()).get(phone, 0) >= profiles, hint)


def opted_out_of(phone: str, sender: str, title: str, hint: str = "") -> Step:
    """Tick while a number is opted out of one sender (R20)."""
    return Step(title, lambda bench: sender in bench.workspace.consent(phone).opted_out_senders(phone), hint)


def lifted(phone: str, sender: str, title: str, hint: str = "") -> Step:
    """Tick when an opt-out of one sender was made and is lifted (R21)."""
    return Step(title, lambda bench: bench.workspace.consent(phone).state(phone, sender) is ConsentState.OPTED_IN, hint)


def got(phone: str, body: str, title: str = "", hint: str = "") -> Step:
    """Tick when a handset got a message."""
    title = title or f"{phone} got “{body}”"
    return Step(title, lambda bench: any(message.body == body for message in bench.heard(phone)), hint)


def segment_exists(name: str, title: str = "", hint: str = "") -> Step:
    """Tick when a segment of a name is saved."""
    title = title or f"The segment “{name}” is saved"
    return Step(title, lambda bench: any(segment.name == name for segment in bench.workspace.segments.all()), hint)


def repairs_accepted(explorer: ColumnExplorer, title: str = "Repairs are taken over", hint: str = "") -> Step:
    """Tick when the explorer has taken over at least one repair."""

    def accepted(_bench: Bench) -> bool:
        return explorer.view is not None and explorer.view.accepted_count() > 0

    return Step(title, accepted, hint, explorer)


def exported(explorer: ColumnExplorer, title: str = "A cleaned file was written", hint: str = "") -> Step:
    """Tick when the explorer has written a file."""
    return Step(title, lambda _bench: explorer.exported is not None, hint, explorer)


def story_passes(card: ScenarioCard, title: str = "The story passes", hint: str = "") -> Step:
    """Tick when every check of a story holds."""
    return Step(title, lambda _bench: card.passed, hint, card)
