"""Monitor and consents: the alerts of monitor.twilio.com and the bulk consents of accounts.twilio.com."""

import json
import re
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from simulator.carrier import codes, log_store
from simulator.carrier.carrier import Carrier
from simulator.carrier.errors import ApiError, UnknownResource
from simulator.carrier.log_store import AlertFilter
from simulator.carrier.phone_numbers import as_e164
from simulator.carrier.records import Alert
from simulator.carrier.rest import parameters
from simulator.carrier.rest.answers import answer, iso8601
from simulator.carrier.rest.paging import envelope_v1, wish
from simulator.carrier.rest.urls import base_url

_SOURCES = ("website", "offline", "opt-in-message", "opt-out-message", "others")
#: The code of an item that could not be taken.
_BAD_ITEM = 30646


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve alerts and bulk consents."""
    routes = _Monitor(carrier)
    blueprint.add_url_rule("/v1/Alerts", view_func=routes.every_alert, methods=["GET"])
    blueprint.add_url_rule("/v1/Alerts/<sid>", view_func=routes.fetch_alert, methods=["GET"])
    blueprint.add_url_rule("/v1/Consents/Bulk", view_func=routes.consents, methods=["POST"])


class _Monitor:
    """Answer what is asked of Alerts and Consents."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def _json(self, alert: Alert) -> dict[str, Any]:
        return {
            "account_sid": self._carrier.account_sid,
            "alert_text": alert.text,
            "api_version": "2010-04-01",
            "date_created": iso8601(alert.created_at),
            "date_generated": iso8601(alert.created_at),
            "date_updated": iso8601(alert.created_at),
            "error_code": str(alert.error_code),
            "log_level": alert.log_level,
            "more_info": f"https://www.twilio.com/docs/errors/{alert.error_code}",
            "request_method": alert.request_method,
            "request_url": alert.request_url,
            "resource_sid": alert.resource_sid,
            "service_sid": None,
            "sid": alert.sid,
            "url": f"{base_url(self._carrier)}/v1/Alerts/{alert.sid}",
        }

    def every_alert(self) -> Response:
        """List alerts, newest first unless the switch says otherwise, by LogLevel, StartDate and EndDate."""
        wished = wish()
        level = request.args.get("LogLevel")
        start, _ = parameters.span("StartDate")
        _, end = parameters.span("EndDate")
        wanted = AlertFilter(level or None, start, end)
        with self._carrier.account.store.read() as connection:
            behind, ahead = None, None
            if wished.after is not None:
                behind = _place(log_store.alert_by_sid(connection, wished.after))
            elif wished.before is not None:
                ahead = _place(log_store.alert_by_sid(connection, wished.before))
            offset = 0 if behind or ahead else wished.page * wished.size
            size, newest_first = wished.size + (ahead is None), self._carrier.config.newest_first
            found = log_store.alerts_page(connection, size, wanted, behind, ahead, offset, newest_first)
        rows = [self._json(alert) for alert in found[: wished.size]]
        more = ahead is not None or len(found) > wished.size
        return answer(envelope_v1("alerts", rows, wished, more, base_url(self._carrier)))

    def fetch_alert(self, sid: str) -> Response:
        """Show one alert with the whole request and answer."""
        with self._carrier.account.store.read() as connection:
            alert = log_store.alert_by_sid(connection, sid)
        if alert is None:
            raise codes.not_found(request.path)
        more = {
            "request_headers": None,
            "request_variables": alert.request_variables,
            "response_body": alert.response_body,
            "response_headers": alert.response_headers,
        }
        return answer({**self._json(alert), **more})

    def consents(self) -> Response:
        """Opt contacts in or out in bulk; an item that cannot be taken is answered, the others count."""
        items = request.form.getlist("Items")
        if not items:
            raise ApiError(20001, "Missing required parameter Items in the post body")
        return answer({"items": [self._consent(item) for item in items]}, 201)

    def _consent(self, text: str) -> dict[str, Any]:
        item = _object(text)
        problems = _problems(item)
        scope = "" if problems else self._scope(str(item["sender_id"]))
        if not problems and not scope:
            problems = ["INVALID_SENDER_ID"]
        found = {"correlation_id": item.get("correlation_id"), "error_code": 0, "error_messages": problems}
        if problems:
            return {**found, "error_code": _BAD_ITEM}
        contact, account = str(item["contact_id"]), self._carrier.account
        opted_out = item["status"] == "opt-out"
        if opted_out:
            account.opt_outs.add(contact, scope, self._carrier.clock.now())
        else:
            account.opt_outs.lift(contact, scope)
        account.bus.tell("opt_out", (contact, scope, opted_out))
        return found

    def _scope(self, sender: str) -> str:
        """Give the scope that a sender_id stands for, or `""` for one that is not the account's."""
        try:
            return self._carrier.service(sender).sid
        except UnknownResource:
            number = self._carrier.account.directory.find_number(sender)
        return "" if number is None else number.service_sid or number.phone_number


def _place(alert: Alert | None) -> int:
    if alert is None:
        raise ApiError(21481, "Invalid PageToken: it names no alert. Start at the first page.")
    return alert.sequence


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ApiError(20001, f"Invalid parameter Items: {text[:60]!r} is no JSON object.") from error
    if not isinstance(found, dict):
        raise ApiError(20001, f"Invalid parameter Items: {text[:60]!r} is no JSON object.")
    return found


def _problems(item: dict[str, Any]) -> list[str]:
    contact = item.get("contact_id")
    checks = {
        "INVALID_CONTACT_ID": isinstance(contact, str) and contact.startswith("+") and as_e164(contact) == contact,
        "INVALID_CORRELATION_ID": re.fullmatch(r"[0-9A-Za-z]{32}", str(item.get("correlation_id"))) is not None,
        "INVALID_SENDER_ID": isinstance(item.get("sender_id"), str),
        "INVALID_STATUS": item.get("status") in ("opt-in", "opt-out"),
        "INVALID_SOURCE": item.get("source") in _SOURCES,
        "INVALID_DATE_OF_CONSENT": _is_moment(item.get("date_of_consent")),
    }
    return [name for name, right in checks.items() if not right]


def _is_moment(given: Any) -> bool:
    if given in (None, ""):
        return True
    try:
        return "T" in str(given) and datetime.fromisoformat(str(given)) is not None
    except ValueError:
        return False
