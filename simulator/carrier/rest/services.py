"""Services: the messaging Services of the REST API and their pools of senders."""

from typing import Any

from flask import Blueprint, Response, request

from simulator.carrier import codes
from simulator.carrier.carrier import Carrier
from simulator.carrier.errors import ApiError, UnknownResource
from simulator.carrier.resources import IncomingNumber, MessagingService
from simulator.carrier.rest import fields, parameters
from simulator.carrier.rest.answers import answer, iso8601, nothing
from simulator.carrier.rest.paging import cut, envelope_v1, wish
from simulator.carrier.rest.urls import base_url

_ROOT = "/v1/Services"
_FIELDS: fields.Fields = {
    "FriendlyName": ("friendly_name", fields.name_of_service),
    "InboundRequestUrl": ("inbound_request_url", fields.url_of_service),
    "InboundMethod": ("inbound_method", parameters.method),
    "FallbackUrl": ("fallback_url", fields.url_of_service),
    "FallbackMethod": ("fallback_method", parameters.method),
    "StatusCallback": ("status_callback", fields.url_of_service),
    "StickySender": ("sticky_sender", parameters.flag),
    "MmsConverter": ("mms_converter", parameters.flag),
    "SmartEncoding": ("smart_encoding", parameters.flag),
    "ScanMessageContent": ("scan_message_content", fields.one_of("inherit", "enable", "disable")),
    "FallbackToLongCode": ("fallback_to_long_code", parameters.flag),
    "AreaCodeGeomatch": ("area_code_geomatch", parameters.flag),
    "ValidityPeriod": ("validity_period", fields.seconds),
    "SynchronousValidation": ("synchronous_validation", parameters.flag),
    "Usecase": ("usecase", parameters.text),
    "UseInboundWebhookOnNumber": ("use_inbound_webhook_on_number", parameters.flag),
}
_LINKS = {
    "phone_numbers": "PhoneNumbers",
    "short_codes": "ShortCodes",
    "alpha_senders": "AlphaSenders",
    "messages": "Messages",
    "us_app_to_person": "Compliance/Usa2p",
    "us_app_to_person_usecases": "Compliance/Usa2p/Usecases",
    "channel_senders": "ChannelSenders",
    "destination_alpha_senders": "DestinationAlphaSenders",
}


def service_json(account_sid: str, service: MessagingService, base: str) -> dict[str, Any]:
    """Give the resource with every key; its URLs are absolute."""
    url = f"{base}{_ROOT}/{service.sid}"
    return {
        "account_sid": account_sid,
        "area_code_geomatch": service.area_code_geomatch,
        "date_created": iso8601(service.created_at),
        "date_updated": iso8601(service.updated_at),
        "fallback_method": service.fallback_method,
        "fallback_to_long_code": service.fallback_to_long_code,
        "fallback_url": service.fallback_url or None,
        "friendly_name": service.friendly_name,
        "inbound_method": service.inbound_method,
        "inbound_request_url": service.inbound_request_url or None,
        "links": {name: f"{url}/{path}" for name, path in _LINKS.items()},
        "mms_converter": service.mms_converter,
        "scan_message_content": service.scan_message_content,
        "sid": service.sid,
        "smart_encoding": service.smart_encoding,
        "status_callback": service.status_callback or None,
        "sticky_sender": service.sticky_sender,
        "synchronous_validation": service.synchronous_validation,
        "url": url,
        "us_app_to_person_registered": False,
        "use_inbound_webhook_on_number": service.use_inbound_webhook_on_number,
        "usecase": service.usecase,
        "validity_period": service.validity_period,
    }


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve the messaging services of an account."""
    routes = _Services(carrier)
    blueprint.add_url_rule(_ROOT, view_func=routes.every_service, methods=["GET"])
    blueprint.add_url_rule(_ROOT, view_func=routes.create_service, methods=["POST"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>", view_func=routes.fetch_service, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>", view_func=routes.update_service, methods=["POST"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>", view_func=routes.delete_service, methods=["DELETE"])


def service_of(carrier: Carrier, sid: str) -> MessagingService:
    """Give the service that a path names; raise `ApiError` 404."""
    try:
        return carrier.service(sid)
    except UnknownResource as error:
        raise codes.not_found(request.path) from error


class _Services:
    """Answer what is asked of Services."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def _json(self, service: MessagingService) -> dict[str, Any]:
        return service_json(self._carrier.account_sid, service, base_url(self._carrier))

    def every_service(self) -> Response:
        """List services, oldest first."""
        wished = wish()
        rows, more = cut(self._carrier.services(), wished, lambda service: service.sid)
        found = [self._json(service) for service in rows]
        return answer(envelope_v1("services", found, wished, more, base_url(self._carrier)))

    def create_service(self) -> Response:
        """Make a service."""
        given = fields.changes(_FIELDS)
        if not given.get("friendly_name"):
            raise ApiError(20001, "Missing required parameter FriendlyName in the post body")
        return answer(self._json(self._carrier.add_service(given.pop("friendly_name"), **given)), 201)

    def fetch_service(self, sid: str) -> Response:
        """Show one service."""
        return answer(self._json(service_of(self._carrier, sid)))

    def update_service(self, sid: str) -> Response:
        """Change one service; what is not sent stays, an empty URL goes."""
        service_of(self._carrier, sid)
        directory, now = self._carrier.account.directory, self._carrier.clock.now()
        changed = directory.change(MessagingService, sid, now, **fields.changes(_FIELDS))
        self._carrier.account.bus.tell("service", changed)
        return answer(self._json(changed))

    def delete_service(self, sid: str) -> Response:
        """Delete a service; its numbers stand alone again."""
        service_of(self._carrier, sid)
        directory, now = self._carrier.account.directory, self._carrier.clock.now()
        for number in directory.pool(sid):
            directory.change(IncomingNumber, number.sid, now, service_sid=None)
        directory.remove(sid)
        return nothing()
