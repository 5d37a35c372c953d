"""Messages: the Messages resource of the REST API."""

from difflib import get_close_matches
from typing import Any

from flask import Blueprint, Response, request

from simulator.carrier import codes, message_store
from simulator.carrier.carrier import Carrier
from simulator.carrier.errors import ApiError, UnknownResource
from simulator.carrier.message_store import MessageFilter
from simulator.carrier.phone_numbers import as_e164
from simulator.carrier.records import CarrierMessage
from simulator.carrier.rest import parameters
from simulator.carrier.rest.answers import answer, nothing, rfc2822
from simulator.carrier.rest.fields import Fields
from simulator.carrier.rest.message_resource import message_json
from simulator.carrier.rest.paging import envelope_2010, wish
from simulator.carrier.sending import SendRequest
from simulator.carrier.statuses import UNFINISHED

_ROOT = "/2010-04-01/Accounts/<account>/Messages"


#: Every parameter that POST Messages takes, with effect here or not.
_PARAMETERS = [
    "To",
    "From",
    "MessagingServiceSid",
    "Body",
    "MediaUrl",
    "ContentSid",
    "ContentVariables",
    "StatusCallback",
    "ApplicationSid",
    "MaxPrice",
    "ProvideFeedback",
    "Attempt",
    "ValidityPeriod",
    "ForceDelivery",
    "ContentRetention",
    "AddressRetention",
    "SmartEncoded",
    "PersistentAction",
    "TrafficType",
    "ShortenUrls",
    "ScheduleType",
    "SendAt",
    "SendAsMms",
    "RiskCheck",
    "FallbackFrom",
    "Tags",
]


def _filled(name: str) -> str | None:
    return parameters.text(name) or None


def _every(name: str) -> tuple[str, ...]:
    return tuple(request.form.getlist(name))


def _validity(name: str) -> int | None:
    try:
        return parameters.whole(name, 1, 36000)
    except ApiError as error:
        raise ApiError(21624, "Invalid validity period value") from error


def _sure(name: str) -> bool:
    return parameters.flag(name) or False


#: What each parameter sets, in the order in which they are judged. Most requests send three of them.
_FIELDS: Fields = {
    "To": ("to", parameters.text),
    "From": ("from_", _filled),
    "MessagingServiceSid": ("messaging_service_sid", _filled),
    "Body": ("body", parameters.text),
    "MediaUrl": ("media_urls", _every),
    "StatusCallback": ("status_callback", _filled),
    "ApplicationSid": ("application_sid", _filled),
    "ValidityPeriod": ("validity_period", _validity),
    "SmartEncoded": ("smart_encoded", parameters.flag),
    "ScheduleType": ("schedule_type", _filled),
    "SendAt": ("send_at", parameters.moment),
    "ProvideFeedback": ("provide_feedback", _sure),
    "Tags": ("tags", parameters.text),
    "SendAsMms": ("send_as_mms", _sure),
}
#: Feedback is made, as a message is, though Twilio's OpenAPI file prints 200.
FEEDBACK_STATUS = 201


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve the Messages of an account."""
    routes = _Messages(carrier)
    blueprint.add_url_rule(f"{_ROOT}.json", view_func=routes.create, methods=["POST"])
    blueprint.add_url_rule(f"{_ROOT}.json", view_func=routes.every, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.fetch, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.update, methods=["POST"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.remove, methods=["DELETE"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>/Feedback.json", view_func=routes.feedback, methods=["POST"])


class _Messages:
    """Answer what is asked of Messages; `account` is checked with the credentials."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._store = carrier.account.store

    def _json(self, message: CarrierMessage) -> dict[str, Any]:
        return message_json(self._carrier.account_sid, message)

    def create(self, account: str) -> Response:
        """Send a message."""
        if self._carrier.config.strict_parameters:
            _refuse_unknown()
        return answer(self._json(self._carrier.sending.create(_send_request())), 201)

    def every(self, account: str) -> Response:
        """List messages, newest first unless the switch says otherwise."""
        wanted, wished, newest_first = _filter(), wish(), self._carrier.config.newest_first
        with self._store.read() as connection:
            behind, ahead = None, None
            if wished.after is not None:
                behind = _place(message_store.place_of(connection, wished.after))
            elif wished.before is not None:
                ahead = _place(message_store.place_of(connection, wished.before))
            elif wished.page:
                behind = message_store.skip(connection, wanted, wished.page * wished.size, newest_first)
            size = wished.size + (ahead is None)
            found = message_store.page(connection, wanted, size, behind, ahead, newest_first)
        more = ahead is not None or len(found) > wished.size
        rows = [self._json(message) for message in found[: wished.size]]
        return answer(envelope_2010("messages", rows, wished, more))

    def fetch(self, account: str, sid: str) -> Response:
        """Show one message."""
        return answer(self._json(listed_message(self._carrier, sid)))

    def update(self, account: str, sid: str) -> Response:
        """Cancel a scheduled message, or empty the body of one that is through."""
        message = listed_message(self._carrier, sid)
        status, body = request.form.get("Status"), request.form.get("Body")
        if (status is None) == (body is None) or body or status not in (None, "canceled"):
            raise ApiError(
                30400, "Parameters are not valid: send either an empty Body to redact, or Status=canceled to cancel."
            )
        if status is not None:
            return answer(self._json(self._carrier.sending.cancel(sid)))
        _refuse_unfinished(message)
        with self._store.write() as connection:
            message_store.redact(connection, sid, self._carrier.clock.now())
        return self.fetch(account, sid)

    def remove(self, account: str, sid: str) -> Response:
        """Delete a message that is through."""
        _refuse_unfinished(listed_message(self._carrier, sid))
        with self._store.write() as connection:
            message_store.remove(connection, sid)
        return nothing()

    def feedback(self, account: str, sid: str) -> Response:
        """Take feedback on a message; it is answered and not kept."""
        message = listed_message(self._carrier, sid)
        outcome = request.form.get("Outcome", "confirmed")
        if outcome not in ("confirmed", "unconfirmed"):
            raise codes.out_of_range("Outcome", outcome, "It is confirmed or unconfirmed.")
        now = rfc2822(self._carrier.clock.now())
        uri = f"/2010-04-01/Accounts/{account}/Messages/{message.sid}/Feedback.json"
        dates = {"date_created": now, "date_updated": now}
        found = {"account_sid": account, "message_sid": message.sid, "outcome": outcome, "uri": uri, **dates}
        return answer(found, FEEDBACK_STATUS)


def listed_message(carrier: Carrier, sid: str) -> CarrierMessage:
    """Give the message that a path names; raise `ApiError` 404 when the API does not show one."""
    try:
        message = carrier.message(sid)
    except UnknownResource as error:
        raise codes.not_found(request.path) from error
    if not message.listed:
        raise codes.not_found(request.path)
    return message


def _refuse_unfinished(message: CarrierMessage) -> None:
    if message.status in UNFINISHED:
        raise ApiError(20009, "Cannot delete this resource before it is complete", 409)


def _place(found: int | None) -> int:
    if found is None:
        raise ApiError(21481, "Invalid PageToken: it names no message. Start at the first page.")
    return found


def _filter() -> MessageFilter:
    lowest, highest = parameters.span("DateSent")
    return MessageFilter(
        to_phone=_address("To"),
        from_phone=_address("From"),
        sent_from=lowest,
        sent_until=highest,
    )


def _address(name: str) -> str | None:
    """Give the number or the name that a list is narrowed to; a plus that was not escaped has come as a blank."""
    given = request.args.get(name)
    if not given:
        return None
    given = f"+{given[1:]}" if given.startswith(" ") else given
    return as_e164(given) or given


def _refuse_unknown() -> None:
    for name in request.form:
        if name not in _PARAMETERS:
            near = get_close_matches(name, _PARAMETERS, 1)
            hint = f"Did you mean {near[0]}?" if near else "Twilio would ignore it."
            raise ApiError(20001, f"Unknown parameter {name}. {hint}")


def _send_request() -> SendRequest:
    if parameters.text("ContentSid"):
        raise ApiError(20001, "This simulator does not imitate content templates (ContentSid); send a Body.", 501)
    form = request.form
    parameters.whole("Attempt", 1, 10)
    sent = {field: read(name) for name, (field, read) in _FIELDS.items() if name in form}
    return SendRequest(**{"to": "", **sent})
