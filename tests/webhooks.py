"""Webhooks as Twilio posts them, made and signed by Twilio's own SDK, not by ours."""

from typing import Any

import requests
from twilio.request_validator import RequestValidator

from simulator.places import Account
from tests.stores import SENDER, message_sid


def form(
    account: Account, body: str, from_phone: str = "+12025550101", sid: object = None, **more: str
) -> dict[str, str]:
    """Make the form of one inbound message."""
    key = message_sid(sid if sid is not None else (body, from_phone))
    return {
        "MessageSid": key,
        "SmsSid": key,
        "SmsMessageSid": key,
        "AccountSid": account.account_sid,
        "From": from_phone,
        "To": SENDER,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        **more,
    }


def signature(account: Account, url: str, fields: dict[str, str]) -> str:
    """Sign a form as Twilio does."""
    return str(RequestValidator(account.auth_token).compute_signature(url, fields))


def post(account: Account, url: str, fields: dict[str, str], session: Any = requests) -> requests.Response:
    """Post a signed form."""
    headers = {"X-Twilio-Signature": signature(account, url, fields)}
    response: requests.Response = session.post(url, data=fields, headers=headers, timeout=60)
    return response
