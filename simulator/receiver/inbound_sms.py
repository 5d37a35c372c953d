"""Inbound SMS: the webhook that Twilio calls for each reply. Signature first, then the engine, then empty TwiML."""

from collections.abc import Mapping

from flask import Blueprint, Response

from inbound_core.twilio.webhook import message_from_form
from inbound_core.workspace import Workspace
from simulator.receiver.signed_forms import ReceiverConfig, explained, signed_form

INBOUND_PATH = "/inbound/sms"
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def receiver_blueprint(workspace: Workspace, config: ReceiverConfig) -> Blueprint:
    """Make the `/inbound/sms` endpoint for one workspace (R4).

    It answers 200 only after the message is durable, 403 for a wrong signature or account, 404 for another
    region's host or an unknown number, 400 for a form that is no message, 413 for a body over 64 kB, 503 when
    the store refuses (so that the carrier tells of it).
    """
    blueprint = Blueprint("inbound_sms", __name__)

    @blueprint.post(INBOUND_PATH)
    @explained
    def inbound_sms() -> Response:
        """Take in one message."""
        form = signed_form(workspace, config)
        return Response(take_in(workspace, form.to_dict()), mimetype="text/xml")

    return blueprint


def take_in(workspace: Workspace, form: Mapping[str, str]) -> str:
    """Take in the message of a form that is Twilio's, and give the TwiML that answers it."""
    workspace.receive(message_from_form(form, workspace.now()))
    return EMPTY_TWIML
