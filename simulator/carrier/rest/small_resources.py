"""Small resources: the account's API keys, TwiML applications and short codes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from simulator.carrier import codes
from simulator.carrier.carrier import Carrier
from simulator.carrier.resources import ApiKey, IncomingNumber, TwimlApplication
from simulator.carrier.rest import parameters
from simulator.carrier.rest.answers import answer, nothing, rfc2822
from simulator.carrier.rest.fields import Fields, changes, method, url
from simulator.carrier.rest.paging import cut, envelope_2010, wish

_ROOT = "/2010-04-01/Accounts"
_NAME: Fields = {"FriendlyName": ("friendly_name", parameters.text)}
_URLS: Fields = {
    "SmsUrl": ("sms_url", url),
    "SmsMethod": ("sms_method", method),
    "SmsFallbackUrl": ("sms_fallback_url", url),
    "SmsFallbackMethod": ("sms_fallback_method", method),
}
Show = Callable[[Carrier, Any], dict[str, Any]]
Make = Callable[[Carrier, dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """Describe one kind: its path, its records, what a form may set, how it is shown, and how it is made."""

    path: str
    key: str
    records: Callable[[Carrier], tuple[Any, ...]]
    fields: Fields
    show: Show
    #: None where the API makes none.
    make: Make | None = None
    show_new: Show | None = None


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve keys, applications and short codes of an account."""
    for kind in (KEYS, APPLICATIONS, SHORT_CODES):
        _add_kind(blueprint, _Routes(carrier, kind))


def _add_kind(blueprint: Blueprint, routes: "_Routes") -> None:
    path = routes.kind.path
    rule = f"{_ROOT}/<account>/{path}"
    blueprint.add_url_rule(f"{rule}.json", f"list {path}", routes.every, methods=["GET"])
    blueprint.add_url_rule(f"{rule}/<sid>.json", f"fetch {path}", routes.fetch, methods=["GET"])
    blueprint.add_url_rule(f"{rule}/<sid>.json", f"update {path}", routes.update, methods=["POST"])
    if routes.kind.make is not None:
        blueprint.add_url_rule(f"{rule}.json", f"create {path}", routes.create, methods=["POST"])
        blueprint.add_url_rule(f"{rule}/<sid>.json", f"delete {path}", routes.remove, methods=["DELETE"])


class _Routes:
    """Answer for one kind; `account` is checked with the credentials."""

    def __init__(self, carrier: Carrier, kind: Kind) -> None:
        self._carrier, self.kind = carrier, kind

    def _get(self, sid: str) -> Any:
        for record in self.kind.records(self._carrier):
            if record.sid == sid:
                return record
        raise codes.not_found(request.path)

    def every(self, account: str) -> Response:
        """List the records."""
        wished = wish()
        rows, more = cut(self.kind.records(self._carrier), wished, lambda one: str(one.sid))
        shown = [self.kind.show(self._carrier, row) for row in rows]
        return answer(envelope_2010(self.kind.key, shown, wished, more))

    def create(self, account: str) -> Response:
        """Make a record."""
        if self.kind.make is None:
            raise codes.not_found(request.path)
        made = self._carrier.account.directory.add(self.kind.make(self._carrier, changes(self.kind.fields)))
        return answer((self.kind.show_new or self.kind.show)(self._carrier, made), 201)

    def fetch(self, account: str, sid: str) -> Response:
        """Show one record."""
        return answer(self.kind.show(self._carrier, self._get(sid)))

    def update(self, account: str, sid: str) -> Response:
        """Change one record; what is not sent stays."""
        record, now = self._get(sid), self._carrier.clock.now()
        changed = self._carrier.account.directory.change(type(record), sid, now, **changes(self.kind.fields))
        return answer(self.kind.show(self._carrier, changed))

    def remove(self, account: str, sid: str) -> Response:
        """Delete one record."""
        self._carrier.account.directory.remove(self._get(sid).sid)
        return nothing()


def _common(record: Any) -> dict[str, Any]:
    return {
        "sid": record.sid,
        "friendly_name": record.friendly_name,
        "date_created": rfc2822(record.created_at),
        "date_updated": rfc2822(record.updated_at),
    }


def _show_key(carrier: Carrier, key: ApiKey) -> dict[str, Any]:
    return _common(key)


def _show_new_key(carrier: Carrier, key: ApiKey) -> dict[str, Any]:
    return {**_common(key), "secret": key.secret}  # shown this once


def _make_key(carrier: Carrier, given: dict[str, Any]) -> ApiKey:
    ids, now = carrier.account.ids, carrier.clock.now()
    return ApiKey(ids.sid("SK"), given.get("friendly_name", ""), ids.sid(""), now, now)


def _show_application(carrier: Carrier, application: TwimlApplication) -> dict[str, Any]:
    return {
        **_common(application),
        "account_sid": carrier.account_sid,
        "api_version": "2010-04-01",
        "message_status_callback": application.message_status_callback or None,
        "public_application_connect_enabled": False,
        "sms_fallback_method": application.sms_fallback_method,
        "sms_fallback_url": application.sms_fallback_url or None,
        "sms_method": application.sms_method,
        "sms_status_callback": None,
        "sms_url": application.sms_url or None,
        "status_callback": None,
        "status_callback_method": "POST",
        "uri": f"{_ROOT}/{carrier.account_sid}/Applications/{application.sid}.json",
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_url": None,
    }


def _make_application(carrier: Carrier, given: dict[str, Any]) -> TwimlApplication:
    now, name = carrier.clock.now(), given.pop("friendly_name", "")
    return TwimlApplication(carrier.account.ids.sid("AP"), name, now, now, **given)


def _show_short_code(carrier: Carrier, code: IncomingNumber) -> dict[str, Any]:
    return {
        **_common(code),
        "account_sid": carrier.account_sid,
        "api_version": "2010-04-01",
        "short_code": code.phone_number,
        "sms_fallback_method": code.sms_fallback_method,
        "sms_fallback_url": code.sms_fallback_url or None,
        "sms_method": code.sms_method,
        "sms_url": code.sms_url or None,
        "uri": f"{_ROOT}/{carrier.account_sid}/SMS/ShortCodes/{code.sid}.json",
    }


KEYS = Kind(
    "Keys", "keys", lambda carrier: carrier.account.directory.every(ApiKey), _NAME, _show_key, _make_key, _show_new_key
)
APPLICATIONS = Kind(
    "Applications",
    "applications",
    lambda carrier: carrier.account.directory.every(TwimlApplication),
    {**_NAME, **_URLS, "MessageStatusCallback": ("message_status_callback", url)},
    _show_application,
    _make_application,
)
SHORT_CODES = Kind(
    "SMS/ShortCodes", "short_codes", lambda carrier: carrier.short_codes(), {**_NAME, **_URLS}, _show_short_code
)
