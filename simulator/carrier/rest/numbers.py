"""Numbers: the IncomingPhoneNumbers resource of the REST API."""

import re
from typing import Any

from flask import Blueprint, Response, request

from simulator.carrier import codes
from simulator.carrier.carrier import Carrier
from simulator.carrier.errors import ApiError, UnknownResource
from simulator.carrier.phone_numbers import as_e164, as_national, is_toll_free, region_of
from simulator.carrier.resources import IncomingNumber, TwimlApplication
from simulator.carrier.rest import fields, parameters
from simulator.carrier.rest.answers import answer, nothing, rfc2822
from simulator.carrier.rest.paging import cut, envelope_2010, wish

_ROOT = "/2010-04-01/Accounts/<account>/IncomingPhoneNumbers"
_FIELDS: fields.Fields = {
    "FriendlyName": ("friendly_name", parameters.text),
    "SmsUrl": ("sms_url", fields.url),
    "SmsMethod": ("sms_method", fields.method),
    "SmsFallbackUrl": ("sms_fallback_url", fields.url),
    "SmsFallbackMethod": ("sms_fallback_method", fields.method),
    "SmsApplicationSid": ("sms_application_sid", parameters.text),
    "StatusCallback": ("status_callback", fields.url),
    "StatusCallbackMethod": ("status_callback_method", fields.method),
}
#: Kept and given back, without effect here: this simulator makes no calls.
_KEPT: fields.Fields = {
    "VoiceUrl": ("voice_url", parameters.text),
    "VoiceMethod": ("voice_method", fields.method),
    "VoiceFallbackUrl": ("voice_fallback_url", parameters.text),
    "VoiceFallbackMethod": ("voice_fallback_method", fields.method),
    "VoiceApplicationSid": ("voice_application_sid", parameters.text),
    "VoiceCallerIdLookup": ("voice_caller_id_lookup", parameters.flag),
    "VoiceReceiveMode": ("voice_receive_mode", fields.one_of("voice", "fax")),
    "TrunkSid": ("trunk_sid", parameters.text),
    "AddressSid": ("address_sid", parameters.text),
    "IdentitySid": ("identity_sid", parameters.text),
    "BundleSid": ("bundle_sid", parameters.text),
    "EmergencyStatus": ("emergency_status", fields.one_of("Active", "Inactive")),
    "EmergencyAddressSid": ("emergency_address_sid", parameters.text),
}


def type_of(phone: str) -> str:
    """Give the type of a number: toll-free, mobile where the plan tells, else local."""
    if is_toll_free(phone):
        return "tollfree"
    return "local" if region_of(phone) in ("US", "CA") or not _is_mobile(phone) else "mobile"


def _is_mobile(phone: str) -> bool:
    import phonenumbers

    return bool(phonenumbers.number_type(phonenumbers.parse(phone)) == phonenumbers.PhoneNumberType.MOBILE)


def number_json(account_sid: str, number: IncomingNumber) -> dict[str, Any]:
    """Give the resource with every key."""
    return {
        "account_sid": account_sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": "2010-04-01",
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"fax": False, **number.capabilities},
        "date_created": rfc2822(number.created_at),
        "date_updated": rfc2822(number.updated_at),
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": number.friendly_name,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number.phone_number,
        "sid": number.sid,
        "sms_application_sid": number.sms_application_sid,
        "sms_fallback_method": number.sms_fallback_method,
        "sms_fallback_url": number.sms_fallback_url,
        "sms_method": number.sms_method,
        "sms_url": number.sms_url,
        "status": "in-use",
        "status_callback": number.status_callback,
        "status_callback_method": number.status_callback_method,
        "trunk_sid": None,
        "type": type_of(number.phone_number),
        "uri": f"/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers/{number.sid}.json",
        "voice_application_sid": "",
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_receive_mode": "voice",
        "voice_url": None,
        **number.other,
    }


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve the numbers of an account."""
    routes = _Numbers(carrier)
    blueprint.add_url_rule(f"{_ROOT}.json", view_func=routes.every_number, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}.json", view_func=routes.buy, methods=["POST"])
    for name, kind in (("Local", "local"), ("Mobile", "mobile"), ("TollFree", "tollfree")):
        rule, defaults = f"{_ROOT}/{name}.json", {"kind": kind}
        blueprint.add_url_rule(rule, view_func=routes.every_number, methods=["GET"], defaults=defaults)
        blueprint.add_url_rule(rule, view_func=routes.buy, methods=["POST"], defaults=defaults)
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.fetch_number, methods=["GET"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.update_number, methods=["POST"])
    blueprint.add_url_rule(f"{_ROOT}/<sid>.json", view_func=routes.release, methods=["DELETE"])


class _Numbers:
    """Answer what is asked of IncomingPhoneNumbers; `account` is checked with the credentials."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def _json(self, number: IncomingNumber) -> dict[str, Any]:
        return number_json(self._carrier.account_sid, number)

    def _number(self, sid: str) -> IncomingNumber:
        try:
            number = self._carrier.account.directory.get(IncomingNumber, sid)
        except UnknownResource as error:
            raise codes.not_found(request.path) from error
        if number.is_short_code:
            raise codes.not_found(request.path)
        return number

    def every_number(self, account: str, kind: str | None = None) -> Response:
        """List numbers by PhoneNumber (in part, `*` for any digit), FriendlyName, Beta and Origin."""
        found = [number for number in self._carrier.numbers() if _matches(number, kind)]
        wished = wish()
        rows, more = cut(found, wished, lambda number: number.sid)
        return answer(envelope_2010("incoming_phone_numbers", [self._json(row) for row in rows], wished, more))

    def buy(self, account: str, kind: str | None = None) -> Response:
        """Give the account a number: the one asked for, or a fictional one of an area code."""
        given, area = request.form.get("PhoneNumber"), request.form.get("AreaCode")
        if given:
            phone = as_e164(given)
            if phone is None:
                raise ApiError(21421, f"{given} is not a valid number.")
        elif area:
            phone = self._free_in(area, kind)
        else:
            raise ApiError(21451, "Either PhoneNumber or AreaCode is required.")
        if kind is not None and type_of(phone) != kind:
            raise ApiError(21458, f"PhoneNumber Provisioning Type Mismatch: {phone} is {type_of(phone)}, not {kind}.")
        if self._carrier.account.directory.find_number(phone) is not None:
            raise ApiError(21422, f"{phone} is not available.")
        given_fields = {"friendly_name": as_national(phone), **self._changes()}
        made = self._carrier.add_number(phone, **given_fields, other=fields.changes(_KEPT))
        return answer(self._json(made), 201)

    def _changes(self) -> dict[str, Any]:
        found = fields.changes(_FIELDS)
        sid = found.get("sms_application_sid")
        if sid and not self._carrier.account.directory.every(TwimlApplication, lambda one: one.sid == sid):
            raise ApiError(21420, f"ApplicationSid {sid} is not accessible")
        return found

    def _free_in(self, area: str, kind: str | None) -> str:
        if not re.fullmatch(r"[2-9]\d\d", area):
            raise ApiError(21451, f"{area} is not a valid area code.")
        if kind is not None and type_of(f"+1{area}5550100") != kind:
            raise ApiError(21452, f"No {kind} phone numbers found in area code {area}.")
        for line in range(100, 200):
            phone = f"+1{area}5550{line}"
            if self._carrier.account.directory.find_number(phone) is None:
                return phone
        raise ApiError(21452, f"No phone numbers found in area code {area}.")

    def fetch_number(self, account: str, sid: str) -> Response:
        """Show one number."""
        return answer(self._json(self._number(sid)))

    def update_number(self, account: str, sid: str) -> Response:
        """Change one number; what is not sent stays."""
        number = self._number(sid)
        kept = {**number.other, **fields.changes(_KEPT)}
        directory, now = self._carrier.account.directory, self._carrier.clock.now()
        changed = directory.change(IncomingNumber, sid, now, **self._changes(), other=kept)
        self._carrier.account.bus.tell("number", changed)
        return answer(self._json(changed))

    def release(self, account: str, sid: str) -> Response:
        """Give a number back."""
        self._carrier.account.directory.remove(self._number(sid).sid)
        return nothing()


def _matches(number: IncomingNumber, kind: str | None) -> bool:
    if kind is not None and type_of(number.phone_number) != kind:
        return False
    part, name = request.args.get("PhoneNumber"), request.args.get("FriendlyName")
    if part:
        wanted = "".join(r"\d" if char == "*" else char for char in part if char.isdigit() or char == "*")
        if not re.search(wanted, number.phone_number):
            return False
    if name and number.friendly_name != name:
        return False
    # Beta needs no look: it says whether to include numbers that are new to Twilio, and none here is.
    return request.args.get("Origin", "twilio") == "twilio"
