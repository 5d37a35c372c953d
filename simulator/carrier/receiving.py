"""Receiving: a handset texts; Twilio judges opt-outs, stores the message, and asks the application."""

from collections.abc import Sequence
from dataclasses import replace

from simulator.carrier import fetching
from simulator.carrier.account import Account
from simulator.carrier.advanced_opt_out import AdvancedOptOut, judge_advanced
from simulator.carrier.checks import MAX_BODY, is_too_long
from simulator.carrier.codes import LOOP, MESSAGE_ERRORS
from simulator.carrier.directory import scope_of
from simulator.carrier.errors import UnusableNumber, UnusableText
from simulator.carrier.geography import place_of
from simulator.carrier.opt_out import Verdict, judge
from simulator.carrier.phone_numbers import as_e164, is_toll_free, region_of
from simulator.carrier.records import CarrierMessage, Media, Origin
from simulator.carrier.resources import IncomingNumber, MessagingService, TwimlApplication
from simulator.carrier.routing import Route, Target, route
from simulator.carrier.segments import count_segments, utf16_units
from simulator.carrier.sending import Sending
from simulator.carrier.signing import signed_url
from simulator.carrier.texts import storable
from simulator.carrier.twiml import Reply, Script, TwimlError, read_answer
from simulator.carrier.webhook_form import Form, fallback_form, inbound_form
from simulator.carrier.webhooks import Call, Kind, Outcome, Webhooks

#: `<Redirect>`s that one message may lead through, so that a loop ends.
MAX_TWIML_REDIRECTS = 20
#: Replies to one message, through however many redirects they come (14109).
MAX_REPLIES = 10


class Receiving:
    """Take in what handsets write to the account's numbers."""

    def __init__(self, account: Account, webhooks: Webhooks, sending: Sending) -> None:
        self._account, self._webhooks, self._sending = account, webhooks, sending

    def text(self, from_phone: str, to_phone: str, body: str, media: Sequence[Media] = ()) -> CarrierMessage:
        """Store a message, judge its keyword and start its webhook; see `Carrier.text`."""
        handset, body = _usable(from_phone), _sendable(body)
        number = self._account.directory.number(as_e164(to_phone) or to_phone)
        service = self._service(number)
        lists = None if service is None else _advanced(service)
        way = self._route(number, service, lists)
        scope = scope_of(number)
        verdict = self._judge(body, handset, number, lists)
        items = tuple(replace(item, sid=self._account.ids.sid("ME")) for item in media)
        message = self._account.write(self._message(handset, number, body, items, way, verdict), items)
        if verdict is not None:
            self._carry_out(verdict, handset, scope, number)
        if way.target is not None:
            target = way.target
            interference = self._account.interference
            self._account.lanes.submit(
                message.sid,
                fetching.host_of(target.url),
                lambda: interference.deliver(message, lambda: self._deliver(message, items, number, target)),
            )
        return message

    def _service(self, number: IncomingNumber) -> MessagingService | None:
        if number.service_sid is None:
            return None
        return self._account.directory.get(MessagingService, number.service_sid)

    def _judge(self, body: str, handset: str, number: IncomingNumber, lists: AdvancedOptOut | None) -> Verdict | None:
        opted_out = (handset, scope_of(number)) in self._account.opt_outs
        toll_free, config = is_toll_free(number.phone_number), self._account.config
        if lists is not None:
            return judge_advanced(lists, body, region_of(handset), opted_out, toll_free, config)
        if number.is_short_code and number.service_sid is None:
            return None  # for a short code in no service Twilio handles no keywords
        return judge(body, opted_out, toll_free, config)

    def _route(self, number: IncomingNumber, service: MessagingService | None, lists: AdvancedOptOut | None) -> Route:
        if lists is not None and lists.drops_inbound:
            return Route(None, "the service drops inbound messages", received=False)
        application = None
        if number.sms_application_sid:
            found = self._account.directory.every(TwimlApplication, lambda one: one.sid == number.sms_application_sid)
            application = found[0] if found else None
        return route(number, service, None if application is None else _target(application))

    def _message(
        self,
        handset: str,
        number: IncomingNumber,
        body: str,
        media: tuple[Media, ...],
        way: Route,
        verdict: Verdict | None,
    ) -> CarrierMessage:
        now = self._account.clock.now()
        return CarrierMessage(
            sid=self._account.ids.sid("MM" if media else "SM"),
            direction="inbound",
            origin=Origin.HANDSET,
            from_phone=handset,
            to_phone=number.phone_number,
            handset=handset,
            number=number.phone_number,
            body=body,
            status="received",
            created_at=now,
            updated_at=now,
            sent_at=now,
            messaging_service_sid=number.service_sid,
            num_segments=1 if media else count_segments(body),
            num_media=len(media),
            listed=way.received,
            opt_out_type=None if verdict is None or verdict.opt_out_type is None else str(verdict.opt_out_type),
        )

    def _carry_out(self, verdict: Verdict, handset: str, scope: str, number: IncomingNumber) -> None:
        if verdict.opts_out:
            self._account.opt_outs.add(handset, scope, self._account.clock.now())
        if verdict.opts_in:
            self._account.opt_outs.lift(handset, scope)
        if verdict.opts_out or verdict.opts_in:
            self._account.bus.tell("opt_out", (handset, scope, verdict.opts_out))
        self._sending.answer_as_twilio(number, handset, verdict.answers)

    # -- asking the application; on a thread of the clock ---------------------------------------------------

    def _deliver(self, message: CarrierMessage, media: Sequence[Media], number: IncomingNumber, target: Target) -> None:
        form = self._form(message, media)
        failed = self._ask("inbound", message, number, target.url, target.method, form)
        if failed is None or not target.fallback_url:
            return
        code, url = failed
        # Without what may stand before and behind the address: the fallback is not told the user and password.
        again = fallback_form(form, code, signed_url(url), self._account.config.fallback_repeats_form)
        self._ask("fallback", message, number, target.fallback_url, target.fallback_method, again)

    def _form(self, message: CarrierMessage, media: Sequence[Media]) -> Form:
        sid = self._account.config.account_sid
        root = f"{self._account.public_url}/2010-04-01/Accounts/{sid}/Messages/{message.sid}/Media"
        places = place_of(message.handset), place_of(message.to_phone)
        return inbound_form(sid, message, *places, [(item, f"{root}/{item.sid}") for item in media])

    def _ask(
        self, kind: Kind, message: CarrierMessage, number: IncomingNumber, url: str, method: str, form: Form
    ) -> tuple[int, str] | None:
        """Fetch TwiML and carry it out, through its redirects; give the code and URL of a failure."""
        left = MAX_REPLIES
        for _ in range(MAX_TWIML_REDIRECTS):
            call = Call(kind, message, url, method, form)
            outcome = self._webhooks.send(call)
            found = outcome.exchange
            if found.error_code is not None:
                self._webhooks.complain(call, found.error_code, found.error, outcome)
                return found.error_code, url
            try:
                script = self._read(outcome)
            except TwimlError as error:
                self._webhooks.complain(call, error.code, str(error), outcome)
                return error.code, url
            self._carry_out_script(script, left, call, number, outcome)
            left = max(0, left - len(script.replies))
            if script.redirect is None:
                return None
            url, method, kind = fetching.joined(outcome.url, script.redirect.url), script.redirect.method, "redirect"
        self._webhooks.complain(call, 11215, f"more than {MAX_TWIML_REDIRECTS} redirects by TwiML", outcome)
        return 11215, url

    def _read(self, outcome: Outcome) -> Script:
        found = outcome.exchange
        if found.status == 204 or not found.body.strip():
            if found.status != 204 and self._account.config.empty_reply_is_error:
                raise TwimlError(11200, "the answer is empty")
            return Script()
        return read_answer(found.headers.get("content-type"), found.body)

    def _carry_out_script(
        self, script: Script, left: int, call: Call, number: IncomingNumber, outcome: Outcome
    ) -> None:
        for code, text in script.warnings:
            self._webhooks.complain(call, code, text, outcome)
        if len(script.replies) > left:
            text = f"more than {MAX_REPLIES} replies to one message; the rest is not sent"
            self._webhooks.complain(call, 14109, text, outcome)
        for reply in script.replies[:left]:
            media = tuple(fetching.joined(outcome.url, url) for url in reply.media_urls)
            problem = self._problem(reply, media)
            if problem is not None:
                self._webhooks.complain(call, *problem, outcome)
                continue
            callback = None if reply.action is None else fetching.joined(outcome.url, reply.action)
            sent = self._sending.reply(call.message, replace(reply, media_urls=media), number, callback)
            if sent.error_code == LOOP:
                self._webhooks.complain(call, LOOP, MESSAGE_ERRORS[LOOP], outcome)

    def _problem(self, reply: Reply, media: Sequence[str]) -> tuple[int, str] | None:
        """Give the code and the reason why a reply cannot be sent from this account, or None."""
        if reply.from_phone is not None and self._account.directory.find_number(reply.from_phone) is None:
            text = f"the attribute from={reply.from_phone!r} of a <Message> is no number of the account"
            return 14102, f"{text}; it is not sent"
        if is_too_long(reply.body, self._account.config):
            return 14103, f"a reply is longer than {MAX_BODY} characters and is not sent"
        if not all(fetching.is_well_formed(url) for url in media):
            return 14103, "a <Media> of a <Message> is no URL; it is not sent"
        return None


def _advanced(service: MessagingService) -> AdvancedOptOut | None:
    return None if service.advanced_opt_out is None else AdvancedOptOut.from_dict(service.advanced_opt_out)


def _target(application: TwimlApplication) -> Target:
    return Target(
        application.sms_url, application.sms_method, application.sms_fallback_url, application.sms_fallback_method
    )


def _sendable(body: str) -> str:
    units = utf16_units(body)
    if units > MAX_BODY:
        raise UnusableText(
            f"The text has {units} characters; a handset sends at most {MAX_BODY} at once. Send it in parts."
        )
    return storable(body)


def _usable(phone: str) -> str:
    read = as_e164(phone) if phone.startswith("+") else None
    if read is None:
        raise UnusableNumber(
            f"{phone!r} is no phone number that a handset could have. Write it in E.164, such as +12025550123."
        )
    return read
