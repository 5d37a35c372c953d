"""Messages: the Messages resource of the REST API."""

from typing import Any

from flask import Blueprint, Response, request

from simulator.carrier import codes, message_store
from simulator.carrier.carrier import Carrier
from simulator.carrier.errors import ApiError, UnknownResource
from simulator.carrier.message_store import MessageFilter
from simulator.carrier.phone_numbers import as_e164
from simulator.carrier.records import CarrierMessage
from simulator.carrier.rest import parameters
from simulator.carrier.rest.answers import answer, nothing
from simulator.carrier.rest.message_resource import message_json
from simulator.carrier.rest.paging import envelope_2010, wish
from simulator.carrier.sending import SendRequest

_ROOT = "/2010-04-01/Accounts/<account>/Messages"


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve the Messages of an account."""
    routes = _Messages(carrier)
    blueprint.add_url_rule(f"{_ROOT}.json", view_func=routes.create, methods=["POST"])
    blueprint.add_url_rule(f"{_ROOT}.json", view_func=routes.every, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.fetch, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.remove, methods=["DELETE"])


class _Messages:
    """Answer what is asked of Messages; `account` is checked with the credentials."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._store = carrier.account.store

    def _json(self, message: CarrierMessage) -> dict[str, Any]:
        return message_json(self._carrier.account_sid, message)

    def create(self, account: str) -> Response:
        """Send a message."""
        return answer(self._json(self._carrier.sending.create(_send_request())), 201)

    def every(self, account: str) -> Response:
        """List messages, newest first."""
        wanted, wished = _filter(), wish()
        with self._store.read() as connection:
            before, after = None, None
            if wished.after is not None:
                before = _place(message_store.by_sid(connection, wished.after))
            elif wished.before is not None:
                after = _place(message_store.by_sid(connection, wished.before))
            elif wished.page:
                before = message_store.skip(connection, wanted, wished.page * wished.size)
            found = message_store.page(connection, wanted, wished.size + (after is None), before, after)
        more = after is not None or len(found) > wished.size
        rows = [self._json(message) for message in found[: wished.size]]
        return answer(envelope_2010("messages", rows, wished, more))

    def _listed(self, sid: str) -> CarrierMessage:
        try:
            message = self._carrier.message(sid)
        except UnknownResource as error:
            raise codes.not_found(request.path) from error
        if not message.listed:
            raise codes.not_found(request.path)
        return message

    def fetch(self, account: str, sid: str) -> Response:
        """Show one message."""
        return answer(self._json(self._listed(sid)))

    def remove(self, account: str, sid: str) -> Response:
        """Delete a message."""
        self._listed(sid)
        with self._store.write() as connection:
            message_store.remove(connection, sid)
        return nothing()


def _place(message: CarrierMessage | None) -> int:
    if message is None:
        raise ApiError(20001, "Invalid parameter PageToken: the message it names is gone. Start at the first page.")
    return message.sequence


def _filter() -> MessageFilter:
    lowest, highest = parameters.span("DateSent")
    to, from_ = request.args.get("To"), request.args.get("From")
    return MessageFilter(
        to_phone=None if not to else as_e164(to.replace(" ", "+", 1)) or to,
        from_phone=None if not from_ else as_e164(from_.replace(" ", "+", 1)) or from_,
        sent_from=lowest,
        sent_until=highest,
    )


def _send_request() -> SendRequest:
    form = request.form
    return SendRequest(
        to=form.get("To", ""),
        from_=form.get("From"),
        messaging_service_sid=form.get("MessagingServiceSid"),
        body=form.get("Body"),
        media_urls=tuple(form.getlist("MediaUrl")),
        status_callback=form.get("StatusCallback") or None,
        validity_period=parameters.whole("ValidityPeriod", 1, 36000),
        provide_feedback=parameters.flag("ProvideFeedback") or False,
        tags=form.get("Tags"),
    )
