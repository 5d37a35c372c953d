"""Message resource: a message as the REST API shows it."""

from typing import Any

from simulator.carrier.codes import MESSAGE_ERRORS
from simulator.carrier.records import CarrierMessage
from simulator.carrier.rest.answers import rfc2822


def message_json(account_sid: str, message: CarrierMessage) -> dict[str, Any]:
    """Give the resource with every key; numbers of segments and media are text, as Twilio has them."""
    uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{message.sid}"
    subresources = {"media": f"{uri}/Media.json"}
    if message.provide_feedback:
        subresources["feedback"] = f"{uri}/Feedback.json"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": rfc2822(message.created_at),
        "date_sent": rfc2822(message.sent_at),
        "date_updated": rfc2822(message.updated_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None
        if message.error_code is None
        else MESSAGE_ERRORS.get(message.error_code, "Unknown error"),
        "from": message.from_phone,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(message.num_media),
        "num_segments": str(message.num_segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": subresources,
        "tags": message.tags,
        "to": message.to_phone,
        "uri": f"{uri}.json",
    }
