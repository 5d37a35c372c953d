"""Capabilities: what of Twilio is imitated, what is not, and how sure we are of each behaviour."""

from dataclasses import dataclass
from enum import StrEnum


class Certainty(StrEnum):
    """Say where a behaviour is known from."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    ASSUMED = "assumed"
    ABSENT = "not imitated"


@dataclass(frozen=True, slots=True)
class Capability:
    """Be one row: an area, what happens, how sure we are, and the switch of `CarrierConfig` that changes it."""

    area: str
    behaviour: str
    certainty: Certainty
    switch: str = ""


_D, _O, _A, _N = Certainty.DOCUMENTED, Certainty.OBSERVED, Certainty.ASSUMED, Certainty.ABSENT

CAPABILITIES: tuple[Capability, ...] = (
    Capability("Webhook", "form or query, always-present parameters, signature by the primary token", _D),
    Capability("Webhook", "headers such as I-Twilio-Idempotency-Token, on first tries too", _O),
    Capability("Webhook", "country and state of both numbers, by the area code", _D),
    Capability("Webhook", "city and zip of both numbers; their parameters are there and empty", _N),
    Capability("Webhook", "URL of number, TwiML application or service; use_inbound_webhook_on_number", _D),
    Capability("Webhook", "a service without inbound URL drops the message unlogged", _D),
    Capability("Webhook", "connect 5 s, total 15 s, one retry of a refused connection", _D, "connect_timeout"),
    Capability("Webhook", "#rc #rp #ct #rt #tt in the URL", _D),
    Capability("Webhook", "#sni and #e (edges) in the URL", _N),
    Capability("Webhook", "fallback URL with ErrorCode and ErrorUrl", _D),
    Capability("Webhook", "the fallback repeats the other parameters", _A, "fallback_repeats_form"),
    Capability("Webhook", "redirects by HTTP, 301 and 302 turning POST into GET; at most 10", _A, "max_redirects"),
    Capability("Webhook", "cookies per pair of numbers for 4 idle hours", _D),
    Capability("Webhook", "Basic and Digest credentials in the URL, after a 401", _D),
    Capability("Webhook", "an answer 4xx or 5xx raises 11200 (newer accounts: 11217)", _A, "http_error_code"),
    Capability("Webhook", "an empty 200 is no reply (seen as 11200 in practice)", _A, "empty_reply_is_error"),
    Capability("Webhook", "caching of GET answers by ETag and Last-Modified", _N),
    Capability("Webhook", "debugger webhook, Event Streams, connection configuration API", _N),
    Capability("Webhook", "only loopback hosts are asked", _A, "allowed_hosts"),
    Capability("TwiML", "Message, Body, Media, Redirect with their attributes; text/plain", _D),
    Capability("TwiML", "11750, 12100, 12200, 12300, 14101 to 14104, 14109 as alerts", _D),
    Capability("TwiML", "more than 15 replies between two numbers fail for 30 s (14107)", _D),
    Capability("Opt-out", "default words, whole message, any case; blocked by number or service", _D),
    Capability("Opt-out", "white space around a keyword is ignored", _A, "trim_keywords"),
    Capability("Opt-out", "punctuation behind a keyword is not ignored", _A, "keyword_punctuation"),
    Capability("Opt-out", "a repeated STOP is not answered again", _A, "answer_repeated_stop"),
    Capability("Opt-out", "START or YES from someone not opted out is not answered", _A, "answer_needless_start"),
    Capability("Opt-out", "Twilio's default answers are no Message resources", _A, "list_default_answers"),
    Capability("Opt-out", "answers of Advanced Opt-Out are Message resources", _A, "list_advanced_answers"),
    Capability("Opt-out", "21610 at once by number, later by service", _D),
    Capability("Opt-out", "toll-free: the network answers STOP, START, UNSTOP; YES lifts nothing", _D),
    Capability("Opt-out", "toll-free: the API answers 21610 rather than 30004", _A, "toll_free_block_code"),
    Capability("Opt-out", "Advanced Opt-Out: own words and answers, languages, countries, OptOutType", _D),
    Capability("Opt-out", "bulk consents", _D),
    Capability("Sending", "accepted, queued, sending, sent, delivered, undelivered, failed, scheduled, canceled", _D),
    Capability("Sending", "the time each status takes", _A, "delivered_after"),
    Capability("Sending", "status callbacks: parameters, precedence, one message's in order", _D),
    Capability("Sending", "sticky sender, near area code or country, else in turn", _D),
    Capability("Sending", "30003 to 30008 by the state of a handset", _D, "unreachable_after"),
    Capability("Sending", "21611, 30001, 30036 from a sender's queue; none unless a rate is set", _D, "sending_rate"),
    Capability("Sending", "21265, 21266, 21659 as since July 2024 (before: 21211, 21606)", _D, "specific_number_codes"),
    Capability("Sending", "a From beside a service is one of its pool (21711)", _A, "from_in_pool"),
    Capability("Sending", "schedules from 300 s to 35 days ahead (older pages: 900 s)", _D, "shortest_schedule"),
    Capability("Sending", "the magic numbers work with the live token too", _A, "magic_numbers"),
    Capability("Sending", "landlines by number plan are refused outside US, CA, GB (21635)", _D, "refuse_landlines"),
    Capability("Sending", "regions (21408) and trial accounts (21608)", _D, "enabled_regions"),
    Capability("Sending", "deleting, and redacting, wait until a message is through (20009)", _D),
    Capability("Sending", "fetching outbound media, which are kept by URL; prices, which stay null", _N),
    Capability("Sending", "10DLC and toll-free verification (30032, 30034), carrier filtering by content", _N),
    Capability("Sending", "ContentSid, ShortenUrls, RiskCheck, FallbackFrom, ContentRetention, AddressRetention", _N),
    Capability("Segments", "GSM-7, extension table, UCS-2, greedy cut, 1600 characters (21617)", _D),
    Capability("Segments", "1600 counts UTF-16 units", _A, "emoji_count_twice"),
    Capability(
        "Segments", "smart encoding, only where the whole body becomes GSM-7", _A, "smart_encoding_all_or_nothing"
    ),
    Capability("REST", "Messages, Media, Feedback, IncomingPhoneNumbers, Accounts, Keys, Applications, ShortCodes", _D),
    Capability("REST", "Services v1 with PhoneNumbers, ShortCodes, AlphaSenders; Alerts; Consents", _D),
    Capability("REST", "unknown parameters of POST Messages are ignored", _D, "strict_parameters"),
    Capability("REST", "error texts as seen in the wild where Twilio prints none", _O),
    Capability("REST", "lists of messages and alerts are newest first, as in other imitations", _A, "newest_first"),
    Capability("REST", "21710 and 21712, a sender already in a service, come as 409", _A, "taken_sender_status"),
    Capability("REST", "voice, Verify, Conversations, Lookup, subaccounts, test credentials, rate limits (20429)", _N),
    Capability("Channels", "WhatsApp, RCS, Messenger", _N),
)


def markdown_table() -> str:
    """Give the capabilities as a table in Markdown, a row each, as the README shows them."""
    lines = ["| area | behaviour | how sure | switch |", "| --- | --- | --- | --- |"]
    for row in CAPABILITIES:
        switch = f"`{row.switch}`" if row.switch else ""
        lines.append(f"| {row.area} | {row.behaviour} | {row.certainty} | {switch} |")
    return "\n".join(lines)
