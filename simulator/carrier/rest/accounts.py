"""Accounts: the account itself."""

from typing import Any

from flask import Blueprint, Response, request

from simulator.carrier import codes
from simulator.carrier.carrier import Carrier
from simulator.carrier.rest.answers import answer, rfc2822
from simulator.carrier.rest.paging import cut, envelope_2010, wish

_ROOT = "/2010-04-01/Accounts"


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve the account."""
    routes = _Accounts(carrier)
    blueprint.add_url_rule(f"{_ROOT}.json", view_func=routes.every_account, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<account>.json", view_func=routes.fetch_account, methods=["GET"])


class _Accounts:
    """Answer what is asked of Accounts; there is one."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._born = carrier.clock.now()

    def _json(self) -> dict[str, Any]:
        sid = self._carrier.account_sid
        names = {
            "applications": "Applications",
            "incoming_phone_numbers": "IncomingPhoneNumbers",
            "keys": "Keys",
            "messages": "Messages",
            "short_codes": "SMS/ShortCodes",
        }
        return {
            # The token is not shown: whoever asks has it, and whoever looks over the shoulder should not.
            "auth_token": None,
            "date_created": rfc2822(self._born),
            "date_updated": rfc2822(self._born),
            "friendly_name": self._carrier.config.friendly_name,
            "owner_account_sid": sid,
            "sid": sid,
            "status": "active",
            "subresource_uris": {name: f"{_ROOT}/{sid}/{path}.json" for name, path in names.items()},
            "type": "Trial" if self._carrier.config.trial else "Full",
            "uri": f"{_ROOT}/{sid}.json",
        }

    def every_account(self) -> Response:
        """List the one account."""
        wished = wish()
        rows, more = cut([self._json()], wished, lambda one: str(one["sid"]))
        return answer(envelope_2010("accounts", rows, wished, more))

    def fetch_account(self, account: str) -> Response:
        """Show the account."""
        if account != self._carrier.account_sid:
            raise codes.not_found(request.path)
        return answer(self._json())
