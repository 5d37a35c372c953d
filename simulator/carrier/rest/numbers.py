"""Numbers: the IncomingPhoneNumbers resource of the REST API."""

from typing import Any

from flask import Blueprint, Response

from simulator.carrier.carrier import Carrier
from simulator.carrier.resources import IncomingNumber
from simulator.carrier.rest.answers import answer, rfc2822
from simulator.carrier.rest.paging import cut, envelope_2010, wish

_ROOT = "/2010-04-01/Accounts/<account>/IncomingPhoneNumbers"


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
        "emergency_status": "Active",
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
        "type": None,
        "uri": f"/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers/{number.sid}.json",
        "voice_application_sid": None,
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

    @blueprint.get(f"{_ROOT}.json")
    def every_number(account: str) -> Response:
        wished = wish()
        rows, more = cut(carrier.numbers(), wished, lambda number: number.sid)
        found = [number_json(carrier.account_sid, number) for number in rows]
        return answer(envelope_2010("incoming_phone_numbers", found, wished, more))
