"""Moments: the one timeline of the page. Each is a message with its requests and what the platform made of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inbound_core.activity import Activity
from inbound_core.explanation import Explanation
from simulator.carrier import CarrierMessage, Origin
from simulator.carrier.opt_out import DEFAULT_WORDS, NETWORK_WORDS, Keyword
from simulator.carrier.phone_numbers import is_toll_free
from simulator.web.wire import WireLine

#: Who spoke, where it was neither a person nor the platform.
_OWN_ANSWERS = (Origin.TWILIO, Origin.NETWORK)

_NOT_YET = "Nothing arrived here yet."
_NOTHING = "Nothing arrived here: the webhook failed."

_OWN_DOING = {
    Keyword.STOP: "Twilio itself takes this as an opt-out: from now on it lets nothing through from there.",
    Keyword.START: "Twilio itself takes this as an opt-in, but there was no opt-out from there to lift.",
    Keyword.HELP: "Twilio itself answers this word.",
}
_LIFTED = "Twilio itself takes this as an opt-in: the opt-out from there is lifted."


def keyword_of(message: CarrierMessage) -> Keyword | None:
    """Tell as which keyword Twilio itself takes what a handset wrote; None for an ordinary message."""
    if message.direction != "inbound":
        return None
    if message.opt_out_type:
        return Keyword(message.opt_out_type)
    word = message.body.strip().upper()
    keyword = DEFAULT_WORDS.get(word)
    lifts_nothing = keyword is Keyword.START and word not in NETWORK_WORDS and is_toll_free(message.number or "")
    return None if lifts_nothing else keyword


@dataclass(frozen=True, slots=True)
class Moment:
    """Hold one row of the timeline: at most one message, its requests, and the log's entries about it."""

    key: str
    at: datetime
    message: CarrierMessage | None = None
    wire: tuple[WireLine, ...] = ()
    activities: tuple[Activity, ...] = ()
    explanation: Explanation | None = None
    lifts_opt_out: bool = False

    @property
    def from_handset(self) -> bool:
        """Tell whether the person wrote the message."""
        return self.message is not None and self.message.direction == "inbound"

    @property
    def by_twilio(self) -> bool:
        """Tell whether Twilio itself wrote the message (R22)."""
        return self.message is not None and self.message.origin in _OWN_ANSWERS

    @property
    def twilio_note(self) -> str:
        """Say what Twilio does with a keyword on its own, before and beside the webhook (R22)."""
        keyword = None if self.message is None else keyword_of(self.message)
        if keyword is None:
            return ""
        return _LIFTED if self.lifts_opt_out else _OWN_DOING[keyword]

    @property
    def wire_note(self) -> str:
        """Say why nothing went over the wire, where nothing did."""
        if self.wire or self.message is None:
            return ""
        if self.by_twilio:
            return "Twilio answers by itself, so nobody is asked."
        if self.from_handset:
            return "No webhook yet. If none comes: the number or its service has no inbound URL."
        if self.message.origin is Origin.REPLY:
            return "The webhook's answer carried this reply as TwiML."
        return "Sent through Twilio's REST API."

    @property
    def platform_note(self) -> str:
        """Say why the platform's log has nothing, where it has nothing."""
        if self.activities or self.message is None:
            return ""
        if self.by_twilio:
            return "The platform never sees Twilio's own answer, and does not log it."
        if self.from_handset:
            return _NOT_YET if all(line.went_well for line in self.wire) else _NOTHING
        return "Not sent by the platform, so not in its log."


def arrange(
    messages: Sequence[CarrierMessage],
    wire: Iterable[WireLine],
    activities: Iterable[Activity],
    explanations: Mapping[str, Explanation],
    lifting: Collection[str] = (),
) -> list[Moment]:
    """Put messages, requests and activities together by message, in the order in which they happened.

    What belongs to none of the messages becomes a moment of its own. `lifting` are the messages that lifted an
    opt-out on Twilio's list.
    """
    sids = {message.sid for message in messages}
    lines, entries = defaultdict(list), defaultdict(list)
    moments = []
    for line in wire:
        if line.message_sid in sids:
            lines[line.message_sid].append(line)
        else:
            moments.append(Moment(line.key, line.at, wire=(line,)))
    for entry in activities:
        if entry.message_sid in sids:
            entries[entry.message_sid].append(entry)
        else:
            moments.append(Moment(f"activity-{entry.number}", entry.at, activities=(entry,)))
    moments += [
        Moment(
            message.sid,
            message.created_at,
            message,
            tuple(sorted(lines[message.sid], key=lambda line: line.at)),
            tuple(entries[message.sid]),
            explanations.get(message.sid),
            message.sid in lifting,
        )
        for message in messages
    ]
    order = {message.sid: message.sequence for message in messages}
    return sorted(moments, key=lambda moment: (moment.at, order.get(moment.key, 0)))
