"""Sending: what POST Messages and TwiML replies do."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from simulator.carrier import codes
from simulator.carrier.account import Account
from simulator.carrier.directory import scope_of
from simulator.carrier.errors import ApiError, UnknownResource
from simulator.carrier.opt_out import Answer
from simulator.carrier.phone_numbers import as_e164, is_alpha_sender, is_short_code
from simulator.carrier.progress import Progress
from simulator.carrier.records import CarrierMessage, IncomingNumber, Media, MessagingService, Origin
from simulator.carrier.segments import count_segments, utf16_units
from simulator.carrier.status_callbacks import StatusCallbacks
from simulator.carrier.twiml import Reply

MAX_BODY = 1600
MAX_MEDIA = 10


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Hold the parameters of POST Messages, already taken from text."""

    to: str
    from_: str | None = None
    messaging_service_sid: str | None = None
    body: str | None = None
    media_urls: tuple[str, ...] = ()
    status_callback: str | None = None
    validity_period: int | None = None
    smart_encoded: bool = False
    send_at: datetime | None = None
    provide_feedback: bool = False
    tags: str | None = None


class Sending:
    """Create outbound messages for an account and put them on their way."""

    def __init__(self, account: Account, progress: Progress, callbacks: StatusCallbacks) -> None:
        self._account, self._progress, self._callbacks = account, progress, callbacks

    def create(self, request: SendRequest) -> CarrierMessage:
        """Do what POST Messages does; raise `ApiError` with Twilio's code and text."""
        to = _checked_to(request.to)
        body = _checked_content(request)
        if request.messaging_service_sid:
            message = self._by_service(request, to, body)
        else:
            message = self._by_number(request, to, body)
        media = tuple(_outbound_media(url, self._account.ids.sid("ME")) for url in request.media_urls)
        self._account.write(message, media)
        self._progress.start(message)
        return message

    def _by_number(self, request: SendRequest, to: str, body: str) -> CarrierMessage:
        given = request.from_
        if not given:
            raise ApiError(21603, "A 'From' phone number is required.")
        phone = as_e164(given)
        number = None if phone is None else self._account.directory.find_number(phone)
        if number is None:
            raise self._bad_from(given, phone)
        if number.phone_number == to:
            raise codes.invalid_to(to)
        if (to, scope_of(number)) in self._account.opt_outs:
            raise codes.unsubscribed()
        return self._message(request, to, body, "queued", number.phone_number, None)

    @staticmethod
    def _bad_from(given: str, phone: str | None) -> ApiError:
        if phone is None and not is_short_code(given) and not is_alpha_sender(given):
            return codes.invalid_from(given)
        return codes.foreign_from(given)

    def _by_service(self, request: SendRequest, to: str, body: str) -> CarrierMessage:
        sid = request.messaging_service_sid or ""
        try:
            self._account.directory.get(MessagingService, sid)
        except UnknownResource as error:
            text = f"The Messaging Service {sid} does not exist"
            raise ApiError(21701, text, 404) from error
        return self._message(request, to, body, "accepted", None, sid)

    def _message(
        self, request: SendRequest, to: str, body: str, status: str, from_phone: str | None, service_sid: str | None
    ) -> CarrierMessage:
        now = self._account.clock.now()
        segments = 0 if status == "accepted" else 1 if request.media_urls else count_segments(body)
        return CarrierMessage(
            sid=self._account.ids.sid("MM" if request.media_urls else "SM"),
            direction="outbound-api",
            origin=Origin.API,
            from_phone=from_phone,
            to_phone=to,
            handset=to,
            number=from_phone,
            body=body,
            status=status,
            created_at=now,
            updated_at=now,
            messaging_service_sid=service_sid,
            num_segments=segments,
            num_media=len(request.media_urls),
            status_callback=request.status_callback,
            validity_period=request.validity_period or 36000,
            tags=request.tags,
            provide_feedback=request.provide_feedback,
        )

    def reply(self, to: CarrierMessage, reply: Reply, number: IncomingNumber, callback: str | None) -> CarrierMessage:
        """Send one `<Message>` of a TwiML answer; to someone opted out it fails with 21610."""
        sender = number
        if reply.from_phone is not None:
            sender = self._account.directory.find_number(reply.from_phone) or number
        handset = reply.to_phone or to.handset
        now = self._account.clock.now()
        blocked = (handset, scope_of(sender)) in self._account.opt_outs
        media = tuple(_outbound_media(url, self._account.ids.sid("ME")) for url in reply.media_urls)
        message = CarrierMessage(
            sid=self._account.ids.sid("MM" if media else "SM"),
            direction="outbound-reply",
            origin=Origin.REPLY,
            from_phone=sender.phone_number,
            to_phone=handset,
            handset=handset,
            number=sender.phone_number,
            body=reply.body,
            status="failed" if blocked else "queued",
            created_at=now,
            updated_at=now,
            messaging_service_sid=sender.service_sid,
            num_segments=1 if media else count_segments(reply.body),
            num_media=len(media),
            error_code=21610 if blocked else None,
            status_callback=callback,
            status_callback_method=reply.method,
        )
        self._account.write(message, media)
        if blocked:
            self._callbacks.tell(message)
        else:
            self._progress.start(message)
        return message

    def answer_as_twilio(self, number: IncomingNumber, handset: str, answers: Sequence[Answer]) -> None:
        """Write Twilio's own answers; they reach the handset at once."""
        for answer in answers:
            now = self._account.clock.now()
            self._account.write(
                CarrierMessage(
                    sid=self._account.ids.sid("SM"),
                    direction="outbound-reply",
                    origin=answer.by,
                    from_phone=number.phone_number,
                    to_phone=handset,
                    handset=handset,
                    number=number.phone_number,
                    body=answer.body,
                    status="delivered",
                    created_at=now,
                    updated_at=now,
                    sent_at=now,
                    messaging_service_sid=number.service_sid,
                    num_segments=count_segments(answer.body),
                    listed=answer.listed,
                )
            )


def _checked_to(given: str) -> str:
    if not given:
        raise ApiError(21604, "A 'To' phone number is required.")
    phone = as_e164(given)
    if phone is None:
        raise codes.invalid_to(given)
    return phone


def _checked_content(request: SendRequest) -> str:
    body = request.body or ""
    if not body and not request.media_urls:
        raise ApiError(21602, "Message body is required.")
    if utf16_units(body) > MAX_BODY:
        raise ApiError(21617, "The concatenated message body exceeds the 1600 character limit.")
    if len(request.media_urls) > MAX_MEDIA:
        raise ApiError(21623, f"Number of media files exceeds the limit of {MAX_MEDIA}.")
    for url in request.media_urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ApiError(21620, f"Invalid media URL(s): {url}")
    return body


def _outbound_media(url: str, sid: str) -> Media:
    guessed = mimetypes.guess_type(urlsplit(url).path)[0]
    return Media(guessed or "application/octet-stream", b"", url, sid)
