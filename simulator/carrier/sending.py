"""Sending: what POST Messages and TwiML replies do."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from simulator.carrier import checks, codes
from simulator.carrier.account import Account
from simulator.carrier.directory import scope_of
from simulator.carrier.errors import ApiError, UnknownResource
from simulator.carrier.opt_out import Answer
from simulator.carrier.phone_numbers import as_e164, is_alpha_sender, is_short_code
from simulator.carrier.progress import Progress
from simulator.carrier.records import CarrierMessage, Media, Origin
from simulator.carrier.reply_limit import ReplyLimit
from simulator.carrier.resources import AlphaSender, IncomingNumber, MessagingService, TwimlApplication
from simulator.carrier.segments import count_segments
from simulator.carrier.smart_encoding import smart_encoded
from simulator.carrier.status_callbacks import StatusCallbacks
from simulator.carrier.texts import storable
from simulator.carrier.twiml import Reply


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Hold the parameters of POST Messages, already taken from text."""

    to: str
    from_: str | None = None
    messaging_service_sid: str | None = None
    body: str | None = None
    media_urls: tuple[str, ...] = ()
    status_callback: str | None = None
    application_sid: str | None = None
    validity_period: int | None = None
    smart_encoded: bool | None = None
    schedule_type: str | None = None
    send_at: datetime | None = None
    provide_feedback: bool = False
    tags: str | None = None
    send_as_mms: bool = False

    @property
    def is_mms(self) -> bool:
        """Tell whether it travels as one MMS, whatever its length."""
        return self.send_as_mms or bool(self.media_urls)


class Sending:
    """Create outbound messages for an account and put them on their way."""

    def __init__(self, account: Account, progress: Progress, callbacks: StatusCallbacks) -> None:
        self._account, self._progress, self._callbacks = account, progress, callbacks
        self._replies = ReplyLimit()

    def create(self, request: SendRequest) -> CarrierMessage:
        """Do what POST Messages does; raise `ApiError` with Twilio's code and text."""
        account = self._account
        to = checks.checked_to(request.to, account.config)
        # A service's sid may stand in From as well, as it may with Twilio.
        service_sid = request.messaging_service_sid or (request.from_ if _is_service(request.from_) else None)
        checks.check_content(request.body or "", request.media_urls, account.config)
        checks.check_callback(request.status_callback)
        now = account.clock.now()
        checks.check_schedule(request.schedule_type, request.send_at, service_sid is not None, now, account.config)
        message = self._by_service(request, to, service_sid, now) if service_sid else self._by_number(request, to, now)
        account.write(message, self._media(request.media_urls))
        self._progress.resume(message)
        return message

    def _by_number(self, request: SendRequest, to: str, now: datetime) -> CarrierMessage:
        account = self._account
        sender = self._own_sender(request.from_, to)
        phone = sender if isinstance(sender, str) else sender.phone_number
        scope = sender if isinstance(sender, str) else scope_of(sender)
        if phone == to:
            raise codes.to_itself(to) if account.config.specific_number_codes else codes.invalid_to(to)
        if (to, scope) in account.opt_outs and not account.blocked_by_network(phone):
            raise codes.unsubscribed()
        if self._progress.queues.is_full(phone, now.timestamp()):
            raise codes.queue_full(phone)
        return self._message(request, to, now, "queued", phone, None)

    def _own_sender(self, given: str | None, to: str) -> IncomingNumber | str:
        """Give the number or short code that a From names, or the alphanumeric name that it is."""
        if not given:
            raise ApiError(21603, "A 'From' phone number is required.")
        if ":" in given:
            raise codes.mixed_channels()
        phone = given if is_short_code(given) else as_e164(given)
        if phone is not None:
            config = self._account.config
            magic = checks.magic_from(phone) if config.magic_numbers else None
            if magic is not None:
                raise magic
            number = self._account.directory.find_number(phone)
            if number is not None:
                return number
            if config.magic_numbers and phone == checks.MAGIC_SENDER:
                return phone
            raise codes.no_twilio_number(given) if config.specific_number_codes else codes.foreign_from(given)
        if not is_alpha_sender(given):
            raise codes.invalid_from(given)
        if to.startswith("+1"):
            raise codes.not_reachable(to)  # the US and Canada take no alphanumeric senders
        return given

    def _by_service(self, request: SendRequest, to: str, sid: str, now: datetime) -> CarrierMessage:
        if not sid.startswith("MG"):
            raise ApiError(21705, "The Messaging Service is invalid")
        try:
            service = self._account.directory.get(MessagingService, sid)
        except UnknownResource as error:
            raise ApiError(21701, f"The Messaging Service {sid} does not exist", 404) from error
        number = None
        if request.from_ and request.from_ != sid:
            sender = self._own_sender(request.from_, to)
            number = sender if isinstance(sender, str) else sender.phone_number
            if self._account.config.from_in_pool and not self._is_member(sender, sid):
                raise codes.not_in_service(number)
        if service.smart_encoding and request.smart_encoded is None:
            request = replace(request, smart_encoded=True)
        status = "accepted" if request.schedule_type is None else "scheduled"
        message = self._message(request, to, now, status, number, sid)
        return replace(message, validity_period=min(message.validity_period, service.validity_period))

    def _is_member(self, sender: IncomingNumber | str, service_sid: str) -> bool:
        """Tell whether a number or a name is in the pool of a service."""
        if isinstance(sender, IncomingNumber):
            return sender.service_sid == service_sid
        names = self._account.directory.every(AlphaSender, lambda one: one.service_sid == service_sid)
        return sender == checks.MAGIC_SENDER or sender in [one.alpha_sender for one in names]

    def _message(
        self, request: SendRequest, to: str, now: datetime, status: str, phone: str | None, service_sid: str | None
    ) -> CarrierMessage:
        body = storable(request.body or "")
        if request.smart_encoded:
            body = smart_encoded(body, self._account.config.smart_encoding_all_or_nothing)
        segments = 1 if request.is_mms else count_segments(body)
        return CarrierMessage(
            sid=self._account.ids.sid("MM" if request.is_mms else "SM"),
            direction="outbound-api",
            origin=Origin.API,
            from_phone=phone,
            to_phone=to,
            handset=to,
            number=phone,
            body=body,
            status=status,
            created_at=now,
            updated_at=now,
            messaging_service_sid=service_sid,
            num_segments=0 if service_sid else segments,
            num_media=len(request.media_urls),
            status_callback=self._callback(request),
            validity_period=request.validity_period or 36000,
            send_at=request.send_at if request.schedule_type else None,
            tags=request.tags,
            provide_feedback=request.provide_feedback,
        )

    def _callback(self, request: SendRequest) -> str | None:
        if request.status_callback or request.application_sid is None:
            return request.status_callback  # it takes priority over the application, says Twilio's specification
        found = self._account.directory.every(TwimlApplication, lambda one: one.sid == request.application_sid)
        return found[0].message_status_callback if found else None

    def _media(self, urls: Sequence[str]) -> tuple[Media, ...]:
        return tuple(_outbound_media(url, self._account.ids.sid("ME")) for url in urls)

    def cancel(self, sid: str) -> CarrierMessage:
        """Cancel a scheduled message; raise `ApiError` when it is scheduled no more."""
        canceled = self._progress.cancel(sid)
        if canceled is None:
            raise ApiError(30409, "This message cannot be canceled", 409)
        return canceled

    def reply(self, to: CarrierMessage, reply: Reply, number: IncomingNumber, callback: str | None) -> CarrierMessage:
        """Send one `<Message>` of a TwiML answer; to someone opted out it fails with 21610, in a loop with 14107."""
        sender = number
        if reply.from_phone is not None:
            sender = self._account.directory.find_number(reply.from_phone) or number
        handset = reply.to_phone or to.handset
        now = self._account.clock.now()
        error = None
        opted_out = (handset, scope_of(sender)) in self._account.opt_outs
        if opted_out and not self._account.blocked_by_network(sender.phone_number):
            error = 21610
        elif not self._replies.allows(sender.phone_number, handset, now):
            error = codes.LOOP
        media = self._media(reply.media_urls)
        message = CarrierMessage(
            sid=self._account.ids.sid("MM" if media else "SM"),
            direction="outbound-reply",
            origin=Origin.REPLY,
            from_phone=sender.phone_number,
            to_phone=handset,
            handset=handset,
            number=sender.phone_number,
            body=reply.body,
            status="queued" if error is None else "failed",
            created_at=now,
            updated_at=now,
            messaging_service_sid=sender.service_sid,
            num_segments=1 if media else count_segments(reply.body),
            num_media=len(media),
            error_code=error,
            status_callback=callback,
            status_callback_method=reply.method,
        )
        self._account.write(message, media)
        if error is None:
            self._progress.start(message)
        else:
            self._callbacks.tell(message)
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


def _is_service(given: str | None) -> bool:
    return given is not None and given.startswith("MG") and len(given) == 34


def _outbound_media(url: str, sid: str) -> Media:
    guessed = mimetypes.guess_type(urlsplit(url).path)[0]
    return Media(guessed or "application/octet-stream", b"", url, sid)
