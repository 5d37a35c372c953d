"""Campaigns as records: what sets one off, for whom, how often, and what it sends."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from types import UnionType
from typing import Literal

from inbound_core.condition_checks import checked_name, span_of, spell
from inbound_core.conditions import Condition
from inbound_core.errors import PlacedError
from inbound_core.keywords import KeywordAction, event_keyword, match_keyword
from inbound_core.quiet_hours import QuietHours
from inbound_core.template_checks import TemplateFailure
from inbound_core.templates import check_template
from inbound_core.texts import storable
from inbound_core.value_tests import ConditionError

#: Carriers and Twilio act on these themselves, so they do not set campaigns off (R19, R22).
RESERVED = ("STOP", "START", "UNSTOP", "HELP", "INFO")

#: A reply counts for a message when it comes this long after it, as in Customer.io.
REPLY_WINDOW = timedelta(hours=72)

LONGEST_DELAY = timedelta(days=366)
LONGEST_PERIOD = timedelta(days=36_500)
MOST_FOLLOW_UPS = 20


class CampaignError(PlacedError):
    """Report a campaign that cannot be meant, and the place in it, such as `trigger.words[0]`."""


class ReservedKeyword(CampaignError):
    """Report a word that opts out, opts in or asks for help and so cannot set a campaign off."""


def _many(texts: str | Iterable[str]) -> tuple[str, ...]:
    """Take a single text for a tuple of one, and not for its letters."""
    return (storable(texts),) if isinstance(texts, str) else tuple(storable(str(text)) for text in texts)


@dataclass(frozen=True, slots=True)
class KeywordTrigger:
    """Fire when a message is one of these words, on any sender or on these."""

    words: tuple[str, ...]
    senders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Put the words as events have them; raise `CampaignError` for what no message can have as its keyword."""
        if not self.words:
            raise CampaignError("A keyword trigger needs at least one word.", "trigger.words")
        clean = []
        for number, word in enumerate(_many(self.words)):
            keyword = event_keyword(word)
            if not keyword:
                text = f"{word!r} is not one word, and a keyword is a message of one word (R19)."
                raise CampaignError(text, f"trigger.words[{number}]")
            clean.append(keyword)
        object.__setattr__(self, "words", tuple(dict.fromkeys(clean)))
        object.__setattr__(self, "senders", _many(self.senders))

    def __str__(self) -> str:
        return f"a message is {' or '.join(self.words)}{_on(self.senders)}"


@dataclass(frozen=True, slots=True)
class MessageTrigger:
    """Fire on any message that is no standard keyword, on any sender or on these."""

    senders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Take a single sender for a list of one."""
        object.__setattr__(self, "senders", _many(self.senders))

    def __str__(self) -> str:
        return f"any message comes{_on(self.senders)}"


@dataclass(frozen=True, slots=True)
class SegmentTrigger:
    """Fire when a profile enters a segment."""

    segment: str

    def __post_init__(self) -> None:
        """Refuse a name that no segment can have."""
        object.__setattr__(self, "segment", checked_name(self.segment, "trigger.segment.name"))

    def __str__(self) -> str:
        return f"a profile enters {self.segment}"


Trigger = KeywordTrigger | MessageTrigger | SegmentTrigger


@dataclass(frozen=True, slots=True)
class Frequency:
    """Say how often one profile may go through a campaign: every time, once, or once per `period`."""

    kind: Literal["every_time", "once", "once_per"] = "every_time"
    period: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse a period of nothing, or one where none belongs."""
        if self.kind not in ("every_time", "once", "once_per"):
            text = f"{self.kind!r} is no frequency. Choose every_time, once or once_per."
            raise CampaignError(text, "frequency")
        if (self.kind == "once_per") != (self.period is not None):
            raise CampaignError("once_per needs a period, and only once_per has one.", "frequency.period")
        if self.period is not None and self.period <= timedelta(0):
            raise CampaignError("A period of zero or less would never end.", "frequency.period")

    def __str__(self) -> str:
        return f"once per {spell(self.period)}" if self.period else self.kind.replace("_", " ")


EVERY_TIME = Frequency()
ONCE = Frequency("once")


def once_per(**span: float) -> Frequency:
    """Make a frequency such as `once_per(days=7)`."""
    try:
        return Frequency("once_per", span_of(**span))
    except ConditionError as error:
        raise CampaignError(error.problem, "frequency.period") from error


def _of_type(value: object, kind: type | UnionType, place: str, needed: str) -> None:
    if not isinstance(value, kind):
        raise CampaignError(f"Give {needed}, not {value!r}.", place)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Hold one SMS of a campaign: its template, and how long after the trigger it goes out."""

    template: str
    after: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        """Refuse a template that could be rendered for nobody, and delays into the past or beyond a year."""
        _of_type(self.template, str, "template", "a text such as 'Hi {{ profile.first_name }}!'")
        _of_type(self.after, timedelta, "after", "a timedelta such as timedelta(hours=2)")
        object.__setattr__(self, "template", storable(self.template))
        try:
            check_template(self.template)
        except TemplateFailure as error:
            raise CampaignError(str(error), "template") from error
        if not timedelta(0) <= self.after <= LONGEST_DELAY:
            raise CampaignError(f"A delay is between none and {LONGEST_DELAY.days} days.", "after")


@dataclass(frozen=True, slots=True)
class Campaign:
    """Hold a campaign.

    `follow_ups` go out in order, each its delay after the trigger, from `sender` or, without one, from the
    sender that was replied to. `filter` is asked when the trigger fires. `once_per_number` lets profiles that
    share a number through only once (R13). An inactive campaign starts nothing and stops what waits. What falls due
    in the `quiet_hours` of who gets it waits for their end, a direct answer to an own message too.
    """

    name: str
    trigger: Trigger
    follow_ups: tuple[FollowUp, ...]
    filter: Condition | None = None
    frequency: Frequency = EVERY_TIME
    sender: str | None = None
    once_per_number: bool = False
    active: bool = True
    quiet_hours: QuietHours | None = None

    def __post_init__(self) -> None:
        """Refuse a campaign without a name or without anything to send, and parts of other types."""
        _of_type(self.name, str, "name", "a text")
        _of_type(self.trigger, Trigger, "trigger", "a KeywordTrigger, MessageTrigger or SegmentTrigger")
        _of_type(self.follow_ups, list | tuple, "follow_ups", "a tuple of FollowUp")
        for number, step in enumerate(self.follow_ups):
            _of_type(step, FollowUp, f"follow_ups[{number}]", "a FollowUp such as FollowUp('Hi!')")
        object.__setattr__(self, "follow_ups", tuple(self.follow_ups))
        _of_type(self.filter, Condition | None, "filter", "a condition built by words, or None")
        _of_type(self.frequency, Frequency, "frequency", "EVERY_TIME, ONCE or once_per(days=7)")
        _of_type(self.sender, str | None, "sender", "a number or service, or None")
        _of_type(self.quiet_hours, QuietHours | None, "quiet_hours", "QuietHours, or None")
        for flag in ("once_per_number", "active"):
            _of_type(getattr(self, flag), bool, flag, "True or False")
        object.__setattr__(self, "name", storable(self.name))
        if not self.name.strip() or len(self.name) > 150:
            raise CampaignError("A campaign needs a name of at most 150 characters.", "name")
        if not self.follow_ups:
            raise CampaignError("A campaign needs at least one follow-up to send.", "follow_ups")
        if len(self.follow_ups) > MOST_FOLLOW_UPS:
            text = f"{len(self.follow_ups)} follow-ups are more than {MOST_FOLLOW_UPS}."
            raise CampaignError(text, "follow_ups")

    def paused(self) -> "Campaign":
        """Give the same campaign, inactive."""
        return replace(self, active=False)

    @property
    def words(self) -> tuple[str, ...]:
        """Give the keywords that set it off."""
        return self.trigger.words if isinstance(self.trigger, KeywordTrigger) else ()

    def __str__(self) -> str:
        asked = f", if {self.filter}" if self.filter else ""
        state = "" if self.active else " (paused)"
        number = len(self.follow_ups)
        what = "1 follow-up" if number == 1 else f"{number} follow-ups"
        hours = f", {self.quiet_hours}" if self.quiet_hours else ""
        return f"{self.name}{state}: when {self.trigger}{asked}, {self.frequency}: {what}{hours}"


def check_words(words: Iterable[str], language_packs: Iterable[str]) -> None:
    """Refuse words that Twilio or the platform act on themselves; raise `ReservedKeyword` saying why.

    YES opts in where somebody is opted out, and may set a campaign off all the same: it is an ordinary answer.
    """
    packs = tuple(language_packs)
    for number, word in enumerate(words):
        action = match_keyword(word, packs=packs).action
        place = f"trigger.words[{number}]"
        if action is KeywordAction.OPT_OUT:
            text = f"{word} opts the number out (R19), so nothing could be sent to it (R21). Take another word."
            raise ReservedKeyword(text, place)
        if word in RESERVED or action is KeywordAction.HELP:
            what = "is answered by Twilio itself" if action is KeywordAction.HELP else "opts the number in again"
            text = f"{word} is reserved: it {what} (R19, R22) and cannot set a campaign off. Take another word."
            raise ReservedKeyword(text, place)


def _on(senders: tuple[str, ...]) -> str:
    return f" on {' or '.join(senders)}" if senders else ""
