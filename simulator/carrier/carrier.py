"""Carrier: the fake Twilio as one thing to hold in a program, a notebook or a test."""

from collections.abc import Callable, Sequence
from typing import Any

from simulator.carrier import log_store, message_store
from simulator.carrier.account import Account
from simulator.carrier.advanced_opt_out import AdvancedOptOut
from simulator.carrier.bus import Listener
from simulator.carrier.config import CarrierConfig
from simulator.carrier.errors import UnknownResource, UnusableNumber
from simulator.carrier.ids import Ids, RandomIds
from simulator.carrier.interference import Interference, Wire
from simulator.carrier.message_store import MessageFilter
from simulator.carrier.phone_numbers import as_e164, is_short_code
from simulator.carrier.progress import Progress
from simulator.carrier.receiving import Receiving
from simulator.carrier.records import Alert, CarrierMessage, HandsetMessage, Media, OptOut, WebhookAttempt
from simulator.carrier.resources import IncomingNumber, MessagingService
from simulator.carrier.senders import Senders
from simulator.carrier.sending import Sending, SendRequest
from simulator.carrier.status_callbacks import StatusCallbacks
from simulator.carrier.statuses import Reach
from simulator.carrier.store import Store
from simulator.carrier.webhooks import Webhooks
from simulator.clock import Clock, VirtualClock
from simulator.wall_clock import WallClock


class Carrier:
    """Be one fake Twilio account. Safe to use from many threads.

    >>> carrier = Carrier(CarrierConfig("AC" + "0" * 32, "token"))
    >>> _ = carrier.add_number("+12025550199")
    >>> carrier.text("+12025550101", "+12025550199", "STOP").status
    'received'
    >>> carrier.opted_out("+12025550101", "+12025550199")
    True
    >>> carrier.close()
    """

    def __init__(
        self,
        config: CarrierConfig,
        clock: Clock | None = None,
        ids: Ids | None = None,
        interference: Interference | None = None,
        wire: Wire | None = None,
    ) -> None:
        self.config = config
        self.clock = clock or WallClock()
        self.account = Account(config, self.clock, ids or RandomIds(), Store(config.database_url))
        self.account.interference = interference or self.account.interference
        self.account.wire = wire or self.account.wire
        self._webhooks = Webhooks(self.account)
        callbacks = StatusCallbacks(self.account, self._webhooks)
        self.progress = Progress(self.account, Senders(self.account), callbacks)
        self.sending = Sending(self.account, self.progress, callbacks)
        self._receiving = Receiving(self.account, self._webhooks, self.sending)
        self.progress.take_up()

    @property
    def account_sid(self) -> str:
        """Give the sid of the account."""
        return self.config.account_sid

    @property
    def auth_token(self) -> str:
        """Give the primary auth token, which signs every webhook."""
        return self.config.auth_token

    @property
    def public_url(self) -> str:
        """Give the base of the absolute URLs that the account hands out."""
        return self.account.public_url

    @public_url.setter
    def public_url(self, url: str) -> None:
        self.account.public_url = url.rstrip("/")

    # -- setting up -------------------------------------------------------------------------------------

    def add_number(self, phone: str, *, service_sid: str | None = None, **fields: Any) -> IncomingNumber:
        """Give the account a number, or update the one it has.

        `fields` are those of `IncomingNumber`, such as sms_url and friendly_name. Raise `UnusableNumber` for
        what is no number, `UnknownResource` for a service that is not there.
        """
        read = as_e164(phone)
        if read is None:
            raise UnusableNumber(f"{phone!r} is no phone number. Write it in E.164, such as +12025550199.")
        if service_sid is not None:
            self.service(service_sid)
            fields["service_sid"] = service_sid
        directory, now = self.account.directory, self.clock.now()
        known = directory.find_number(read)
        if known is not None:
            number = directory.change(IncomingNumber, known.sid, now, **fields) if fields else known
        else:
            fields.setdefault("friendly_name", read)
            number = directory.add(IncomingNumber(self.account.ids.sid("PN"), read, now, now, **fields))
        self.account.bus.tell("number", number)
        return number

    def add_service(self, friendly_name: str, **fields: Any) -> MessagingService:
        """Make a messaging service; `fields` are those of `MessagingService`, such as inbound_request_url."""
        now = self.clock.now()
        service = MessagingService(self.account.ids.sid("MG"), friendly_name, now, now, **fields)
        self.account.directory.add(service)
        self.account.bus.tell("service", service)
        return service

    def add_short_code(self, code: str, *, service_sid: str | None = None, **fields: Any) -> IncomingNumber:
        """Give the account a short code; `fields` are those of `IncomingNumber`. Raise `UnusableNumber`."""
        if not is_short_code(code):
            raise UnusableNumber(f"{code!r} is no short code: three to six digits.")
        if service_sid is not None:
            self.service(service_sid)
        now = self.clock.now()
        fields.setdefault("friendly_name", code)
        made = IncomingNumber(self.account.ids.sid("SC"), code, now, now, service_sid=service_sid, **fields)
        self.account.directory.add(made)
        self.account.bus.tell("number", made)
        return made

    def set_advanced_opt_out(self, service_sid: str, lists: AdvancedOptOut | None = None) -> MessagingService:
        """Switch a service to Advanced Opt-Out, with its own words and answers; raise `UnknownResource`."""
        document = (lists or AdvancedOptOut()).to_dict()
        directory = self.account.directory
        changed = directory.change(MessagingService, service_sid, self.clock.now(), advanced_opt_out=document)
        self.account.bus.tell("service", changed)
        return changed

    def numbers(self) -> tuple[IncomingNumber, ...]:
        """Give the account's numbers in the order in which they were added."""
        return self.account.directory.every(IncomingNumber, lambda number: not number.is_short_code)

    def short_codes(self) -> tuple[IncomingNumber, ...]:
        """Give the account's short codes in the order in which they were added."""
        return self.account.directory.every(IncomingNumber, lambda number: number.is_short_code)

    def services(self) -> tuple[MessagingService, ...]:
        """Give the account's messaging services in the order in which they were made."""
        return self.account.directory.every(MessagingService)

    def number(self, phone: str) -> IncomingNumber:
        """Give the number with this E.164; raise `UnknownNumber`."""
        return self.account.directory.number(phone)

    def service(self, sid: str) -> MessagingService:
        """Give the service with this sid; raise `UnknownResource`."""
        return self.account.directory.get(MessagingService, sid)

    def set_inbound_url(self, url: str, fallback_url: str | None = None) -> None:
        """Send what comes in on every service and every stand-alone number to one URL."""
        directory, now = self.account.directory, self.clock.now()
        for service in self.services():
            directory.change(MessagingService, service.sid, now, inbound_request_url=url, fallback_url=fallback_url)
        for number in (*self.numbers(), *self.short_codes()):
            if number.service_sid is None:
                directory.change(IncomingNumber, number.sid, now, sms_url=url, sms_fallback_url=fallback_url or "")

    # -- messages ---------------------------------------------------------------------------------------

    def text(self, from_phone: str, to_phone: str, body: str, media: Sequence[Media] = ()) -> CarrierMessage:
        """Let a handset text one of the account's numbers.

        When this returns, the message is stored and opt-outs are judged; the webhook runs on the clock.
        Raise `UnknownNumber` for a To that the account does not have, `UnusableNumber` for a From that no
        handset could have.
        """
        return self._receiving.text(from_phone, to_phone, body, media)

    def send(
        self,
        to: str,
        body: str | None = None,
        from_: str | None = None,
        messaging_service_sid: str | None = None,
        **more: Any,
    ) -> CarrierMessage:
        """Send as POST Messages does; `more` are the other fields of `SendRequest`. Raise `ApiError`."""
        return self.sending.create(SendRequest(to, from_, messaging_service_sid, body, **more))

    def set_reach(self, handset: str, reach: Reach | str) -> None:
        """Say how a handset can be reached: on, off, unknown, landline, blocked, filtered, broken, no_receipt."""
        self.progress.set_reach(handset, Reach(reach))

    # -- looking ----------------------------------------------------------------------------------------

    def handsets(self) -> tuple[str, ...]:
        """Give every handset that wrote or was written to, sorted."""
        with self.account.store.read() as connection:
            return message_store.handsets(connection)

    def conversation(self, handset: str, number: str | None = None) -> tuple[HandsetMessage, ...]:
        """Give what the screen of a handset shows, oldest first, Twilio's own answers included."""
        with self.account.store.read() as connection:
            found = message_store.of_handset(connection, as_e164(handset) or handset, number)
        return tuple(HandsetMessage.of(message) for message in found)

    def messages(self, limit: int = 100, wanted: MessageFilter | None = None) -> tuple[CarrierMessage, ...]:
        """Give the newest messages that the REST API lists, newest first."""
        with self.account.store.read() as connection:
            return tuple(message_store.page(connection, wanted or MessageFilter(), limit))

    def message(self, sid: str) -> CarrierMessage:
        """Give one message; raise `UnknownResource`."""
        with self.account.store.read() as connection:
            found = message_store.by_sid(connection, sid)
        if found is None:
            raise UnknownResource(f"The account has no message {sid}.")
        return found

    def media(self, message_sid: str) -> tuple[Media, ...]:
        """Give the attachments of a message, in order."""
        with self.account.store.read() as connection:
            return tuple(item for item, _ in message_store.media_of(connection, message_sid))

    def attempts(self, message_sid: str | None = None, limit: int = 1000) -> tuple[WebhookAttempt, ...]:
        """Give the requests to applications, about one message or all, oldest first."""
        with self.account.store.read() as connection:
            return tuple(log_store.attempts_of(connection, message_sid, limit))

    def alerts(self, limit: int = 1000) -> tuple[Alert, ...]:
        """Give the alerts of Monitor, oldest first."""
        with self.account.store.read() as connection:
            return tuple(log_store.alerts_page(connection, limit)[::-1])

    def opt_outs(self) -> tuple[OptOut, ...]:
        """Give every opt-out in force, oldest first."""
        return self.account.opt_outs.every()

    def opted_out(self, handset: str, scope: str) -> bool:
        """Tell whether a handset is opted out of a service's sid or a stand-alone number."""
        return (handset, scope) in self.account.opt_outs

    # -- time -------------------------------------------------------------------------------------------

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until no webhook and no status step is under way; tell whether that came in time.

        A virtual clock is moved on as far as that takes. Scheduled messages and phones that are off do not count.
        """
        if isinstance(self.clock, VirtualClock):
            while not self.account.pending.idle and (due := self.clock.next_due()) is not None:
                self.clock.set(max(due, self.clock.now()))
            return self.account.pending.idle
        return self.account.pending.wait(timeout)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call a listener at every change; the answer ends that. Listeners must be quick and not raise."""
        return self.account.bus.subscribe(listener)

    def close(self) -> None:
        """End webhooks under way and let go of the database."""
        self.account.closing.set()
        self.clock.close()
        self._webhooks.close()
        # What hung was just cut off; a connection that is only being made takes its own time.
        self.account.running.wait(self.config.connect_timeout + 1)
        self.account.store.close()
