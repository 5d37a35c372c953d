"""Config: how one fake Twilio account behaves; every value that Twilio does not document is a switch here."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CarrierConfig:
    """Hold the account and its switches. Delays are seconds on the simulator's clock."""

    account_sid: str
    auth_token: str = field(repr=False)
    database_url: str = "sqlite://"
    #: Where the REST API is reached, such as http://127.0.0.1:8000; the base of media and paging URLs.
    public_url: str = ""
    friendly_name: str = "Workbench"
    #: Hosts that webhooks may go to; "*" allows all. Everything else is refused before any packet leaves.
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")

    # -- how a message moves on; Twilio gives no times -------------------------------------------------
    queued_after: float = 0.0
    sending_after: float = 0.02
    sent_after: float = 0.05
    delivered_after: float = 0.15
    #: A phone that is off: how long the operator tries before it gives up (30003).
    unreachable_after: float = 30.0
    #: Countries (two letters) that the account may write to (else 21408); None is all.
    enabled_regions: tuple[str, ...] | None = None
    #: A trial account writes to verified numbers only (else 21608).
    trial: bool = False
    verified_numbers: tuple[str, ...] = ()
    #: Numbers that are landlines by their country's plan are refused outside US, CA and GB (21635).
    refuse_landlines: bool = True
    #: Seconds before which a scheduled message cannot be due; Twilio's pages say 300 and, older ones, 900.
    shortest_schedule: float = 300.0
    #: Message segments per second and sender; None sends without a queue.
    sending_rate: float | None = None

    #: A message to a short code, to the sender itself, or from a number that is not the account's is refused with the
    #: codes of Twilio's changelog of July 2024 (21265, 21266, 21659), not with the older ones (21211, 21606).
    specific_number_codes: bool = True

    # -- webhooks: documented defaults, see twilio.com/docs/usage/webhooks/webhooks-connection-overrides ----
    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    total_timeout: float = 15.0
    #: A file of certificates (PEM) that webhooks by https trust besides the public ones, such as a local authority's.
    trusted_certificates: str | None = None
    user_agent: str = "TwilioProxy/1.1"

    # -- assumed: Twilio documents nothing ----------------------------------------------------------------
    #: White space around a keyword is ignored.
    trim_keywords: bool = True
    #: "STOP." and "stop!" count as STOP.
    keyword_punctuation: bool = False
    #: A STOP from someone already opted out is answered again.
    answer_repeated_stop: bool = False
    #: A START or YES from someone who is not opted out is answered.
    answer_needless_start: bool = False
    #: Twilio's default answers to STOP, START and HELP appear as Message resources.
    list_default_answers: bool = False
    #: The answers of Advanced Opt-Out appear as Message resources.
    list_advanced_answers: bool = True
    #: The body of an empty 200 to an inbound webhook is an error (11200), as seen in practice.
    empty_reply_is_error: bool = False
    #: A fallback request repeats the parameters of the first one, besides ErrorCode and ErrorUrl.
    fallback_repeats_form: bool = True
    #: Redirects of HTTP that one webhook follows; behind them is 11215.
    max_redirects: int = 10
    #: What a message to someone whom the toll-free network has blocked comes to: 21610 from the API at once (or later,
    #: by a service), or 30004 from the network in the end.
    toll_free_block_code: int = 21610
    #: A character beyond the basic plane, such as an emoji, counts twice towards the 1600 of a body.
    emoji_count_twice: bool = True
    #: Smart encoding changes a body only where all of it then fits GSM-7.
    smart_encoding_all_or_nothing: bool = True
    #: The code of a webhook answered 4xx or 5xx: 11200, or 11217 as newer accounts report.
    http_error_code: int = 11200
    #: A parameter of POST Messages that Twilio does not know is refused (20001), so that a misspelling is found.
    #: Twilio ignores it.
    strict_parameters: bool = False
    #: Lists of messages and alerts begin with the newest, as those of other imitations do.
    newest_first: bool = True
    #: The HTTP status under which a sender that is in a service already is refused (21710, 21712).
    taken_sender_status: int = 409
    #: A From that is given along with a service must be in that service's pool (else 21711).
    from_in_pool: bool = True
    #: The magic numbers of Twilio's test credentials (+1500555000x) work with the live token too.
    magic_numbers: bool = True
