"""Message status: the callback by which Twilio reports what became of a message that the platform sent."""

from flask import Blueprint, Response

from inbound_core.twilio.webhook import WebhookError, checked_sid
from inbound_core.workspace import Workspace
from simulator.receiver.signed_forms import ReceiverConfig, explained, signed_form

#: Where the platform wants reports; it names this itself with every message that it sends.
STATUS_PATH = "/inbound/sms/status"


def status_blueprint(workspace: Workspace, config: ReceiverConfig) -> Blueprint:
    """Make the endpoint for status callbacks, answered with 204 once the report is written down.

    Refusals are those of `/inbound/sms`; a report of a message that is not known yet is kept for it.
    """
    blueprint = Blueprint("message_status", __name__)

    @blueprint.post(STATUS_PATH)
    @explained
    def message_status() -> Response:
        """Take in one report."""
        form = signed_form(workspace, config)
        sid, status, code = form.get("MessageSid"), form.get("MessageStatus"), form.get("ErrorCode", "")
        if not sid or not status:
            raise WebhookError("The form lacks MessageSid or MessageStatus, so it is no status callback.")
        if code and not (code.isascii() and code.isdecimal() and len(code) <= 6):
            raise WebhookError(f"ErrorCode is {code[:40]!r}; it should be a number.")
        workspace.outgoing.note_status(checked_sid(sid), status, int(code) if code else None)
        return Response(status=204)

    return blueprint
