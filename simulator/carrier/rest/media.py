"""Media: the attachments of messages, as resources and as the bytes that a MediaUrl leads to."""

from typing import Any

from flask import Blueprint, Response, redirect, request

from simulator.carrier import codes, message_store
from simulator.carrier.carrier import Carrier
from simulator.carrier.records import Media
from simulator.carrier.rest import parameters
from simulator.carrier.rest.answers import answer, nothing, rfc2822
from simulator.carrier.rest.messages import listed_message
from simulator.carrier.rest.paging import cut, envelope_2010, wish

_ROOT = "/2010-04-01/Accounts/<account>/Messages/<message_sid>/Media"
#: The route that answers without credentials, as Twilio's media URLs do unless an account says otherwise.
OPEN_ENDPOINT = "media_content"


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve the attachments of an account's messages."""
    routes = _MediaRoutes(carrier)
    blueprint.add_url_rule(f"{_ROOT}.json", view_func=routes.every_media, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.fetch_media, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.remove_media, methods=["DELETE"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>", OPEN_ENDPOINT, routes.content, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>", view_func=routes.remove_media, methods=["DELETE"])


class _MediaRoutes:
    """Answer what is asked of Media."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def _items(self, message_sid: str) -> list[tuple[Media, dict[str, Any]]]:
        listed_message(self._carrier, message_sid)
        root = f"/2010-04-01/Accounts/{self._carrier.account_sid}/Messages/{message_sid}/Media"
        lowest, highest = parameters.span("DateCreated")
        with self._carrier.account.store.read() as connection:
            found = message_store.media_of(connection, message_sid)
        return [
            (
                item,
                {
                    "account_sid": self._carrier.account_sid,
                    "content_type": item.content_type,
                    "date_created": rfc2822(at),
                    "date_updated": rfc2822(at),
                    "parent_sid": message_sid,
                    "sid": item.sid,
                    "uri": f"{root}/{item.sid}.json",
                },
            )
            for item, at in found
            if (lowest is None or at >= lowest) and (highest is None or at <= highest)
        ]

    def _item(self, message_sid: str, sid: str) -> tuple[Media, dict[str, Any]]:
        for item, document in self._items(message_sid):
            if item.sid == sid:
                return item, document
        raise codes.not_found(request.path)

    def every_media(self, account: str, message_sid: str) -> Response:
        """List the attachments of a message."""
        documents = [document for _, document in self._items(message_sid)]
        wished = wish()
        rows, more = cut(documents, wished, lambda document: str(document["sid"]))
        return answer(envelope_2010("media_list", rows, wished, more))

    def fetch_media(self, account: str, message_sid: str, sid: str) -> Response:
        """Show one attachment."""
        return answer(self._item(message_sid, sid)[1])

    def remove_media(self, account: str, message_sid: str, sid: str) -> Response:
        """Delete one attachment."""
        self._item(message_sid, sid)
        with self._carrier.account.store.write() as connection:
            message_store.remove_media(connection, message_sid, sid)
        return nothing()

    def content(self, account: str, message_sid: str, sid: str) -> Any:
        """Give the bytes of an attachment, or lead to the URL where they are."""
        item, _ = self._item(message_sid, sid)
        if item.url:
            return redirect(item.url, 307)
        response = Response(item.content, content_type=item.content_type)
        # The bytes come from whoever texts: no browser may take them for a page of this host.
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response
