"""Inbound SMS: the webhook that Twilio calls for each reply. Signature first, then the engine, then empty TwiML."""

from flask import Blueprint, Response

from inbound_core.twilio.webhook import message_from_form
from inbound_core.workspace import Workspace
from simulator.receiver.signed_forms import ReceiverConfig, explained, signed_form

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def receiver_blueprint(workspace: Workspace, config: ReceiverConfig) -> Blueprint:
    """Make the `/inbound/sms` endpoint for one workspace (R4).

    It answers 200 only after the message is durable, 403 for a wrong signature or account, 404 for another
    region's host or an unknown number, 400 for a form that is no message, 413 for a body over 64 kB, 503 when
    the store refuses (so that the carrier tells of it).
    """
    blueprint = Blueprint("inbound_sms", __name__)

    @blueprint.post("/inbound/sms")
    @explained
    def inbound_sms() -> Response:
        """Take in one message."""
        form = signed_form(workspace, config)
        workspace.receive(message_from_form(form.to_dict(), workspace.now()))
        return Response(EMPTY_TWIML, mimetype="text/xml")

    return blueprint
