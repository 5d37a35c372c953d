"""Inbound: the decision about one message, pure. Whoever calls it has loaded before and saves after."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from inbound_core.activity import Activity, ActivityKind
from inbound_core.consent import ConsentChange, ConsentLedger, ConsentState
from inbound_core.events import INBOUND_SMS, OF_MESSAGE, AnonymousEvent, Event
from inbound_core.explanation import Candidate, Explanation, Reason
from inbound_core.keywords import KeywordAction, KeywordMatch, event_keyword, match_keyword
from inbound_core.messages import InboundMessage
from inbound_core.phones import read_e164
from inbound_core.policy import Policy
from inbound_core.profiles import NearMiss, Profile, Resolution, resolve_profile


@dataclass(frozen=True, slots=True)
class Context:
    """Hold what the workspace knows that bears on one message.

    `profiles` are those whose number reads as the message's; `near_misses` those that only look like it;
    `consent` the ledger's entries of that number.
    """

    profiles: tuple[Profile, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    consent: ConsentLedger = field(default_factory=ConsentLedger)
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Decision:
    """Hold the effects of one message, to be saved together or not at all, and their explanation."""

    event: Event | AnonymousEvent
    consent_changes: tuple[ConsentChange, ...]
    activities: tuple[Activity, ...]
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a keyword means for the ledger."""

    change: ConsentChange | None
    kind: ActivityKind | None
    text: str
    reasons: tuple[Reason, ...]


def number_of(message: InboundMessage) -> str:
    """Give the key under which a message's author is known: the E.164 number, else the text as it came.

    Short codes and alphanumeric senders have no E.164; they keep their own text and match no profile (R15).
    """
    return _known_as(message.from_phone)


@lru_cache(maxsize=65536)
def _known_as(from_phone: str) -> str:
    return (read_e164(from_phone) if from_phone.startswith("+") else None) or from_phone


def decide(message: InboundMessage, context: Context) -> Decision:
    """Decide what one inbound message does: whose it is, what its keyword changes, what is logged (R7-R24).

    Pure: the same message and context always give the same decision, and nothing is read or written.
    """
    policy = context.policy
    phone = number_of(message)
    resolution = resolve_profile(phone if phone.startswith("+") else None, context.profiles, policy.tie_break)
    keyword = match_keyword(
        message.body,
        message.opt_out_type,
        policy.language_packs,
        policy.keyword_trailing_punctuation,
        policy.opt_out_type_wins,
    )
    before = context.consent.state(phone, message.sender)
    verdict = _consequence(message, phone, keyword, before, policy)
    after = verdict.change.state if verdict.change else before
    affected = tuple(profile.id for profile in resolution.sharing) if verdict.change else ()
    reasons = (
        *_attribution_reasons(resolution, context.near_misses),
        Reason(keyword.rule, keyword.why),
        *verdict.reasons,
        *_fan_out_reasons(verdict.change, phone, affected),
    )
    event = _event(message, phone, keyword, resolution, context.near_misses)
    explanation = Explanation(
        message_sid=message.message_sid,
        from_phone=message.from_phone,
        body=message.body,
        sender=message.sender,
        attributed_to=resolution.profile.id if resolution.profile else None,
        keyword_action=str(keyword.action) if keyword.action else None,
        keyword=keyword.word or event_keyword(message.body),
        consent_before=str(before),
        consent_after=str(after),
        candidates=_candidates(resolution),
        near_misses=context.near_misses,
        affected=affected,
        reasons=reasons,
    )
    return Decision(
        event=event,
        consent_changes=(verdict.change,) if verdict.change else (),
        activities=(
            _received(message, phone, event),
            *_consent_activities(message, phone, verdict, resolution),
        ),
        explanation=explanation,
    )


def _consequence(
    message: InboundMessage, phone: str, keyword: KeywordMatch, before: ConsentState, policy: Policy
) -> _Verdict:
    sender = message.sender
    if keyword.action is KeywordAction.OPT_OUT:
        scope = _scope(message)
        if before is ConsentState.OPTED_OUT:
            text = f"{phone} was already opted out of {sender}; the opt-out stays in force."
            return _Verdict(None, ActivityKind.OPT_OUT_IN_FORCE, text, (Reason("R20", text),))
        change = _change(message, phone, keyword, ConsentState.OPTED_OUT)
        text = f"{phone} opted out of {sender} with {keyword.word}."
        own_reply = "Twilio answers the person itself; that answer does not pass through here and is not logged."
        return _Verdict(change, ActivityKind.OPTED_OUT, text, (Reason("R20", scope), Reason("R22", own_reply)))
    if keyword.action is KeywordAction.OPT_IN:
        if before is ConsentState.OPTED_OUT:
            change = _change(message, phone, keyword, ConsentState.OPTED_IN)
            text = f"{phone} opted in to {sender} again with {keyword.word}; the opt-out is lifted."
            return _Verdict(change, ActivityKind.OPTED_IN, text, (Reason("R21", text),))
        text = f"{phone} wrote {keyword.word} and was not opted out of {sender}"
        if policy.opt_in_when_not_opted_out == "record" and before is ConsentState.UNSET:
            change = _change(message, phone, keyword, ConsentState.OPTED_IN)
            text += ": this workspace's policy records it as an opt-in."
            return _Verdict(change, ActivityKind.OPTED_IN, text, (Reason("R21", text),))
        text += ": an ordinary message."
        return _Verdict(None, ActivityKind.OPT_IN_IN_FORCE, text, (Reason("R21", text),))
    if keyword.action is KeywordAction.HELP:
        text = f"{phone} asked {sender} for help with {keyword.word}; Twilio answers, nothing changes here."
        return _Verdict(None, ActivityKind.HELP_REQUESTED, text, (Reason("R19", text),))
    return _Verdict(None, None, "", ())


def _change(message: InboundMessage, phone: str, keyword: KeywordMatch, state: ConsentState) -> ConsentChange:
    cause = f"keyword {keyword.word}" if keyword.source == "words" else f"OptOutType {message.opt_out_type}"
    return ConsentChange(phone, message.sender, state, message.received_at, cause, message.message_sid)


def _scope(message: InboundMessage) -> str:
    if message.messaging_service_sid:
        return (
            f"The opt-out holds for the messaging service {message.messaging_service_sid} that "
            f"{message.to_phone} belongs to; other senders may still write."
        )
    return f"The opt-out holds for {message.to_phone} alone, which is in no messaging service."


def _attribution_reasons(resolution: Resolution, near_misses: tuple[NearMiss, ...]) -> Iterable[Reason]:
    yield Reason(resolution.rule, resolution.why)
    if resolution.profile is None:
        yield Reason("R17", "It is an anonymous event and stays one, also if a profile gets this number later.")
        cause = "a profile has it in a form that could not be read" if near_misses else "no profile has this number"
        yield Reason("R18", f"The likely cause: {cause}.")


def _fan_out_reasons(change: ConsentChange | None, phone: str, affected: tuple[str, ...]) -> Iterable[Reason]:
    if change is None:
        return
    now = "" if affected else " No profile has it now;"
    who = f" This covers {', '.join(affected)};" if affected else now
    yield Reason("R14", f"The change acts on the number {phone}, not on one profile.{who} later ones are bound too.")


def _candidates(resolution: Resolution) -> tuple[Candidate, ...]:
    chosen = resolution.profile
    return tuple(Candidate(p.id, p.created_at, p.stored_order, p.phone or "", p is chosen) for p in resolution.sharing)


def _event(
    message: InboundMessage,
    phone: str,
    keyword: KeywordMatch,
    resolution: Resolution,
    near_misses: tuple[NearMiss, ...],
) -> Event | AnonymousEvent:
    data = {
        "body": message.body,
        "keyword": keyword.word or event_keyword(message.body),
        "from": message.from_phone,
        "to": message.to_phone,
        "sender": message.sender,
        "num_media": message.num_media,
    }
    event_id, sid, at = f"{OF_MESSAGE}{message.message_sid}", message.message_sid, message.received_at
    if resolution.profile is not None:
        return Event(event_id, INBOUND_SMS, at, resolution.profile.id, data, sid)
    cause = "unreadable number on a profile" if near_misses else "number on no profile"
    return AnonymousEvent(event_id, INBOUND_SMS, at, phone, cause, data, sid)


def _received(message: InboundMessage, phone: str, event: Event | AnonymousEvent) -> Activity:
    if isinstance(event, Event):
        kind, profile_id = ActivityKind.MESSAGE_RECEIVED, event.profile_id
        text = f"{profile_id} ({phone}) wrote {message.body!r}."
    else:
        kind, profile_id = ActivityKind.ANONYMOUS_EVENT, None
        text = f"Nobody known ({phone}) wrote {message.body!r}: {event.cause}."
    data = {"body": message.body, "to": message.to_phone}
    at, sender, sid = message.received_at, message.sender, message.message_sid
    return Activity(kind, at, text, profile_id, phone, sender, sid, data)


def _consent_activities(
    message: InboundMessage, phone: str, verdict: _Verdict, resolution: Resolution
) -> Iterable[Activity]:
    if verdict.kind is None:
        return
    profiles: tuple[str | None, ...] = (resolution.profile.id if resolution.profile else None,)
    if verdict.change is not None and resolution.sharing:
        profiles = tuple(profile.id for profile in resolution.sharing)
    for profile_id in profiles:
        shared = f"{profile_id}: " if len(profiles) > 1 else ""
        yield Activity(
            verdict.kind,
            message.received_at,
            shared + verdict.text,
            profile_id,
            phone,
            message.sender,
            message.message_sid,
        )
