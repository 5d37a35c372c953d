"""Campaign triggers: whether a message or an entry sets a campaign off for somebody. Pure decisions."""

from dataclasses import dataclass
from datetime import datetime

from inbound_core.campaign_records import (
    RESERVED,
    Campaign,
    KeywordTrigger,
    MessageTrigger,
    SegmentTrigger,
)
from inbound_core.condition_checks import spell
from inbound_core.evaluation import Catalogue, Facts, evaluate
from inbound_core.explanation import Explanation
from inbound_core.keywords import KeywordAction

#: YES opts in where somebody is opted out, and is an ordinary answer otherwise.
_ORDINARY = ("YES",)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Hold what a campaign did before: for the profile, and for the number if that counts."""

    last_of_profile: datetime | None = None
    last_on_number: tuple[str, datetime] | None = None
    other_on_number: str | None = None


def message_stops(campaign: Campaign, told: Explanation, to_phone: str) -> str | None:
    """Say what in a message keeps it from setting a campaign off, or None when it does."""
    trigger = campaign.trigger
    if isinstance(trigger, SegmentTrigger):
        return f"it fires when {trigger}, not on messages."
    if not campaign.active:
        return "it is paused."
    if told.attributed_to is None:
        return "the message is an anonymous event, and its author cannot be written to (R16)."
    if told.keyword_action == KeywordAction.OPT_OUT:
        return f"{told.body!r} opts the number out (R19), so nothing can be sent to it (R21)."
    if trigger.senders and not {told.sender, to_phone} & set(trigger.senders):
        return f"the message went to {to_phone}, and the campaign listens on {' and '.join(trigger.senders)}."
    if isinstance(trigger, MessageTrigger):
        standard = told.keyword_action is not None or told.keyword in RESERVED
        if standard and told.keyword not in _ORDINARY:
            return f"{told.keyword} is a standard word that Twilio acts on, so it sets nothing off (R19)."
        return None
    return _word_stops(trigger, told)


def _word_stops(trigger: KeywordTrigger, told: Explanation) -> str | None:
    if told.keyword in trigger.words:
        return None
    words = " or ".join(trigger.words)
    inside = [word for word in trigger.words if word in told.body.upper().split()]
    if inside and not told.keyword:
        return f"{inside[0]} is in the message, but a keyword is the whole message (R19): {told.body!r} is not {words}."
    return f"{told.body!r} is not {words}."


def person_stops(campaign: Campaign, facts: Facts, catalogue: Catalogue, earlier: Earlier) -> str | None:
    """Say what about a person keeps a campaign from starting, or None when nothing does."""
    if campaign.filter is not None:
        verdict = evaluate(campaign.filter, facts, catalogue)
        if not verdict.holds:
            return f"its filter asks {campaign.filter}, and {verdict.reason}."
    every_time = campaign.frequency.kind == "every_time"
    if campaign.once_per_number and every_time and earlier.other_on_number is not None:
        return f"it goes once per number, and {earlier.other_on_number} went through it with the same number (R13)."
    last = earlier.last_of_profile
    if campaign.once_per_number and earlier.last_on_number is not None:
        last = max(last or earlier.last_on_number[1], earlier.last_on_number[1])
    return _too_often(campaign, facts.now, last)


def _too_often(campaign: Campaign, now: datetime, last: datetime | None) -> str | None:
    frequency = campaign.frequency
    if last is None or frequency.kind == "every_time":
        return None
    if frequency.period is None:
        return f"it goes once, and went at {last:%Y-%m-%d %H:%M:%S}."
    # Not `last + period`, which may lie beyond the calendar.
    if now - last < frequency.period:
        return f"it goes once per {spell(frequency.period)}, and went at {last:%Y-%m-%d %H:%M:%S}."
    return None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Name two campaigns that one message would both set off."""

    first: str
    second: str
    why: str

    def __str__(self) -> str:
        return f"{self.first} and {self.second}: {self.why}"


def conflict(first: Campaign, second: Campaign, sender_of: dict[str, str]) -> Conflict | None:
    """Say whether one message could set both campaigns off; `sender_of` gives the sender of each own number."""
    one, two = first.trigger, second.trigger
    if isinstance(one, SegmentTrigger) or isinstance(two, SegmentTrigger) or not (first.active and second.active):
        return None
    where = _common_senders(one.senders, two.senders, sender_of)
    if where is None:
        return None
    if isinstance(one, KeywordTrigger) and isinstance(two, KeywordTrigger):
        words = [word for word in one.words if word in two.words]
        return Conflict(first.name, second.name, f"both fire on {', '.join(words)} {where}.") if words else None
    keyword = next((trigger for trigger in (one, two) if isinstance(trigger, KeywordTrigger)), None)
    what = f"{', '.join(keyword.words)} is any message too" if keyword else "both fire on any message"
    return Conflict(first.name, second.name, f"{what} {where}.")


def _common_senders(one: tuple[str, ...], two: tuple[str, ...], sender_of: dict[str, str]) -> str | None:
    if not one or not two:
        named = one or two
        return f"on {', '.join(named)}" if named else "on every sender"
    # A message goes to one number, so two numbers of a service have none in common; a service has with each of its own.
    both = {*one} & {*two}
    both |= {sender for sender in one if sender_of.get(sender) in two}
    both |= {sender for sender in two if sender_of.get(sender) in one}
    return f"on {', '.join(sorted(both))}" if both else None
