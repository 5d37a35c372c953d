"""Inbound SMS: the webhook that Twilio calls for each reply. Signature first, then the engine, then empty TwiML."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from inbound_core.outgoing import UnknownSenderError
from inbound_core.storage import StoreError
from inbound_core.twilio.signature import SignatureError, check_signature
from inbound_core.twilio.webhook import WebhookError, message_from_form
from inbound_core.workspace import Workspace
from simulator.receiver.region import wrong_region

#: Twilio's forms are a few kB; nothing near this is one.
LARGEST_FORM = 64 * 1024

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@dataclass(frozen=True, slots=True)
class ReceiverConfig:
    """Hold whose webhooks are taken in: the Twilio account, its auth token, and the address it calls.

    `public_url` is scheme, host and port as configured at Twilio, when a proxy stands before the receiver;
    without it the request's own count.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str | None = None


def receiver_blueprint(workspace: Workspace, config: ReceiverConfig) -> Blueprint:
    """Make the `/inbound/sms` endpoint for one workspace (R4).

    It answers 200 only after the message is durable, 403 for a wrong signature, account or region, 400 for a
    form that is no message, 404 for an unknown number, 413 for a body over 64 kB, 503 when the store refuses
    (so that the carrier tells of it).
    """
    blueprint = Blueprint("inbound_sms", __name__)

    @blueprint.post("/inbound/sms")
    def inbound_sms() -> Response:
        """Take in one message."""
        elsewhere = wrong_region(workspace.region, request.host)
        if elsewhere:
            return _refusal(404, elsewhere)
        request.max_content_length = LARGEST_FORM
        request.max_form_memory_size = LARGEST_FORM
        form = request.form
        try:
            check_signature(
                config.auth_token, _signed_url(config), _lists(form), request.headers.get("X-Twilio-Signature")
            )
            message = message_from_form(form.to_dict(), workspace.now())
            if message.account_sid != config.account_sid:
                return _refusal(
                    403, f"The account {message.account_sid[:40]!r} is not the one this workspace is connected to."
                )
            workspace.receive(message)
        except SignatureError as error:
            return _refusal(403, str(error))
        except WebhookError as error:
            return _refusal(400, str(error))
        except UnknownSenderError as error:
            return _refusal(404, str(error))
        except StoreError as error:
            return _refusal(503, f"The message was not stored: {error}")
        return Response(EMPTY_TWIML, mimetype="text/xml")

    return blueprint


def _signed_url(config: ReceiverConfig) -> str:
    """Give the URL as the carrier signed it: scheme, host and port as configured, path and query as they came."""
    base = (config.public_url or request.host_url).rstrip("/")
    query = request.query_string.decode("ascii", errors="replace")
    return f"{base}{request.path}" + (f"?{query}" if query else "")


def _lists(form: MultiDict[str, str]) -> Mapping[str, list[str]]:
    return {name: form.getlist(name) for name in form}


def _refusal(status: int, reason: str) -> Response:
    return Response(reason + "\n", status=status, mimetype="text/plain")
