"""Checks: the parameters of POST Messages, refused under Twilio's codes. Pure."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from simulator.carrier import codes
from simulator.carrier.config import CarrierConfig
from simulator.carrier.errors import ApiError
from simulator.carrier.fetching import is_well_formed
from simulator.carrier.phone_numbers import as_e164, is_landline, is_short_code, region_of
from simulator.carrier.segments import utf16_units

MAX_BODY = 1600
MAX_MEDIA = 10
MAX_URL = 4000
LONGEST_SCHEDULE = timedelta(days=35)
#: Landlines in these countries are tried (30006 later); elsewhere the API refuses them (21635).
_LANDLINES_TRIED = {"US", "CA", "GB"}
_MAGIC = "+1500555000"
MAGIC_SENDER = f"{_MAGIC}6"


def magic_to(phone: str) -> ApiError | None:
    """Give the error that one of the test credentials' recipients stands for."""
    if not phone.startswith(_MAGIC):
        return None
    return {
        "+15005550001": codes.invalid_to(phone),
        "+15005550002": codes.not_reachable(phone),
        "+15005550003": codes.region_not_enabled(phone),
        "+15005550004": codes.unsubscribed(),
        "+15005550009": codes.not_mobile(phone),
    }.get(phone)


def magic_from(phone: str) -> ApiError | None:
    """Give the error that one of the test credentials' senders stands for."""
    if not phone.startswith(_MAGIC):
        return None
    return {
        "+15005550001": codes.invalid_from(phone),
        "+15005550007": codes.foreign_from(phone),
        "+15005550008": codes.queue_full(phone),
    }.get(phone)


def checked_to(given: str, config: CarrierConfig) -> str:
    """Give the recipient in E.164; raise `ApiError` for what cannot be one."""
    if not given:
        raise ApiError(21604, "A 'To' phone number is required.")
    if ":" in given:
        channel = given.partition(":")[0]
        raise ApiError(20001, f"This simulator sends SMS and MMS; the channel {channel!r} is not imitated.", 501)
    if is_short_code(given) and config.specific_number_codes:
        raise codes.to_short_code(given)
    phone = as_e164(given)
    if phone is None:
        raise codes.invalid_to(given)
    magic = magic_to(phone) if config.magic_numbers else None
    if magic is not None:
        raise magic
    if config.enabled_regions is not None and region_of(phone) not in config.enabled_regions:
        raise codes.region_not_enabled(phone)
    if config.trial and phone not in config.verified_numbers:
        raise codes.unverified(phone)
    if config.refuse_landlines and region_of(phone) not in _LANDLINES_TRIED and is_landline(phone):
        raise ApiError(21635, f"'To' number: {phone}, is a landline and cannot receive SMS messages")
    return phone


def check_content(body: str, media_urls: tuple[str, ...], config: CarrierConfig) -> None:
    """Raise `ApiError` when there is nothing to send, or too much."""
    if not body and not media_urls:
        raise ApiError(21602, "Message body is required.")
    if is_too_long(body, config):
        raise ApiError(21617, "The concatenated message body exceeds the 1600 character limit.")
    if len(media_urls) > MAX_MEDIA:
        raise ApiError(21623, f"Number of media files exceeds the limit of {MAX_MEDIA}.")
    for url in media_urls:
        if not is_well_formed(url):
            raise ApiError(21620, f"Invalid media URL(s): {url}")


def is_too_long(body: str, config: CarrierConfig) -> bool:
    """Tell whether a body is over the limit of one message, sent by the API or as a reply."""
    return (utf16_units(body) if config.emoji_count_twice else len(body)) > MAX_BODY


def check_callback(url: str | None) -> None:
    """Raise `ApiError` 21609 for a StatusCallback that cannot be called."""
    if url is None:
        return
    if len(url) > MAX_URL or not is_well_formed(url) or "_" in (urlsplit(url).hostname or ""):
        raise ApiError(21609, f"The 'StatusCallback' URL {url[:200]} is not a valid URL.")


def check_schedule(
    schedule_type: str | None, send_at: datetime | None, in_service: bool, now: datetime, config: CarrierConfig
) -> None:
    """Raise `ApiError` for a schedule without a time, without a service, or outside the window."""
    if schedule_type is None:
        return  # SendAt alone schedules nothing
    if schedule_type != "fixed":
        raise codes.out_of_range("ScheduleType", schedule_type, "Its one value is fixed.")
    if send_at is None:
        raise ApiError(35111, "SendAt timestamp is missing")
    if not in_service:
        raise ApiError(35118, "MessagingServiceSid is required to schedule a message")
    shortest = timedelta(seconds=config.shortest_schedule)
    if not shortest <= send_at - now <= LONGEST_SCHEDULE:
        least = int(config.shortest_schedule)
        raise ApiError(
            35114, f"SendAt time must be between {least} seconds and 35 days (3024000 seconds) in the future, inclusive"
        )
