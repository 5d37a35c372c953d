"""Pools: the senders of a messaging service, as PhoneNumbers, ShortCodes and AlphaSenders of the REST API."""

from typing import Any

from flask import Blueprint, Response, request

from simulator.carrier import codes
from simulator.carrier.carrier import Carrier
from simulator.carrier.errors import ApiError, UnknownResource
from simulator.carrier.phone_numbers import is_alpha_sender, region_of
from simulator.carrier.resources import AlphaSender, IncomingNumber
from simulator.carrier.rest.answers import answer, iso8601, nothing
from simulator.carrier.rest.paging import cut, envelope_v1, wish
from simulator.carrier.rest.services import service_of
from simulator.carrier.rest.urls import base_url

_ROOT = "/v1/Services/<service_sid>"


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve the pools of an account's services."""
    for pool in (_Numbers(carrier, False), _Numbers(carrier, True), _Names(carrier)):
        rule, name = f"{_ROOT}/{pool.path}", pool.path
        blueprint.add_url_rule(rule, f"list {name}", pool.every, methods=["GET"])
        blueprint.add_url_rule(rule, f"add {name}", pool.add, methods=["POST"])
        blueprint.add_url_rule(f"{rule}/<sid>", f"fetch {name}", pool.fetch, methods=["GET"])
        blueprint.add_url_rule(f"{rule}/<sid>", f"remove {name}", pool.remove, methods=["DELETE"])


class _Numbers:
    """Answer for the numbers of a service's pool, or for its short codes."""

    def __init__(self, carrier: Carrier, short_codes: bool) -> None:
        self._carrier, self._short = carrier, short_codes
        self.path = "ShortCodes" if short_codes else "PhoneNumbers"
        self._key = "short_code" if short_codes else "phone_number"
        self._parameter = "ShortCodeSid" if short_codes else "PhoneNumberSid"

    def _json(self, number: IncomingNumber) -> dict[str, Any]:
        can = number.capabilities
        names = [name for name, key in (("MMS", "mms"), ("SMS", "sms"), ("Voice", "voice")) if can.get(key)]
        return {
            "account_sid": self._carrier.account_sid,
            "capabilities": ["SMS"] if self._short else names,
            "country_code": "US" if self._short else region_of(number.phone_number) or None,
            "date_created": iso8601(number.created_at),
            "date_updated": iso8601(number.updated_at),
            self._key: number.phone_number,
            "service_sid": number.service_sid,
            "sid": number.sid,
            "url": f"{base_url(self._carrier)}/v1/Services/{number.service_sid}/{self.path}/{number.sid}",
        }

    def every(self, service_sid: str) -> Response:
        """List the senders of the pool."""
        service_of(self._carrier, service_sid)
        pool = self._carrier.account.directory.pool(service_sid)
        wished = wish()
        rows, more = cut([one for one in pool if one.is_short_code == self._short], wished, lambda one: one.sid)
        found = [self._json(row) for row in rows]
        return answer(envelope_v1(f"{self._key}s", found, wished, more, base_url(self._carrier)))

    def add(self, service_sid: str) -> Response:
        """Put a sender of the account into the pool."""
        service_of(self._carrier, service_sid)
        given = request.form.get(self._parameter)
        if not given:
            raise ApiError(20001, f"Missing required parameter {self._parameter} in the post body")
        directory, refused = self._carrier.account.directory, self._carrier.config.taken_sender_status
        try:
            number = directory.get(IncomingNumber, given)
        except UnknownResource as error:
            raise codes.not_found(f"{request.path}/{given}") from error
        if number.is_short_code != self._short:
            raise codes.not_found(f"{request.path}/{given}")
        if number.service_sid == service_sid:
            raise ApiError(21710, "Phone Number or Short Code is already in the Messaging Service.", refused)
        if number.service_sid is not None:
            raise ApiError(21712, "Phone Number or Short Code is associated with another Messaging Service.", refused)
        changed = directory.change(IncomingNumber, number.sid, self._carrier.clock.now(), service_sid=service_sid)
        self._carrier.account.bus.tell("number", changed)
        return answer(self._json(changed), 201)

    def _member(self, service_sid: str, sid: str) -> IncomingNumber:
        service_of(self._carrier, service_sid)
        for number in self._carrier.account.directory.pool(service_sid):
            if number.sid == sid and number.is_short_code == self._short:
                return number
        raise codes.not_found(request.path)

    def fetch(self, service_sid: str, sid: str) -> Response:
        """Show one sender of the pool."""
        return answer(self._json(self._member(service_sid, sid)))

    def remove(self, service_sid: str, sid: str) -> Response:
        """Take a sender out of the pool; the account keeps it."""
        member, now = self._member(service_sid, sid), self._carrier.clock.now()
        self._carrier.account.directory.change(IncomingNumber, member.sid, now, service_sid=None)
        return nothing()


class _Names:
    """Answer for the alphanumeric senders of a service's pool."""

    path = "AlphaSenders"

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def _json(self, sender: AlphaSender) -> dict[str, Any]:
        return {
            "account_sid": self._carrier.account_sid,
            "alpha_sender": sender.alpha_sender,
            "capabilities": ["SMS"],
            "date_created": iso8601(sender.created_at),
            "date_updated": iso8601(sender.updated_at),
            "service_sid": sender.service_sid,
            "sid": sender.sid,
            "url": f"{base_url(self._carrier)}/v1/Services/{sender.service_sid}/AlphaSenders/{sender.sid}",
        }

    def _members(self, service_sid: str) -> tuple[AlphaSender, ...]:
        service_of(self._carrier, service_sid)
        return self._carrier.account.directory.every(AlphaSender, lambda one: one.service_sid == service_sid)

    def _member(self, service_sid: str, sid: str) -> AlphaSender:
        for sender in self._members(service_sid):
            if sender.sid == sid:
                return sender
        raise codes.not_found(request.path)

    def every(self, service_sid: str) -> Response:
        """List the names of the pool."""
        wished = wish()
        rows, more = cut(self._members(service_sid), wished, lambda one: one.sid)
        found = [self._json(row) for row in rows]
        return answer(envelope_v1("alpha_senders", found, wished, more, base_url(self._carrier)))

    def add(self, service_sid: str) -> Response:
        """Put a name into the pool."""
        members, name = self._members(service_sid), request.form.get("AlphaSender", "")
        if not name:
            raise ApiError(21708, "Alpha Sender ID Missing from the request")
        if not is_alpha_sender(name):
            rule = "It has 1 to 11 letters, digits and spaces, one a letter."
            raise ApiError(21709, f"Alpha Sender ID is Invalid: {name[:40]!r}. {rule}")
        if any(member.alpha_sender == name for member in members):
            raise ApiError(
                21710,
                f"The alpha sender {name} is already in the Messaging Service.",
                self._carrier.config.taken_sender_status,
            )
        account, now = self._carrier.account, self._carrier.clock.now()
        made = account.directory.add(AlphaSender(account.ids.sid("AI"), name, service_sid, now, now))
        return answer(self._json(made), 201)

    def fetch(self, service_sid: str, sid: str) -> Response:
        """Show one name of the pool."""
        return answer(self._json(self._member(service_sid, sid)))

    def remove(self, service_sid: str, sid: str) -> Response:
        """Take a name out of the pool."""
        self._carrier.account.directory.remove(self._member(service_sid, sid).sid)
        return nothing()
