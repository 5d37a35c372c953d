"""Connecting: the numbers that a new workspace starts with, and the way of replies from the carrier to it."""

from inbound_core.senders import Sender
from inbound_core.twilio.transport import TwilioTransport
from inbound_core.workspace import Workspace
from simulator.carrier import Carrier
from simulator.places import Account
from simulator.receiver import STATUS_PATH

#: The numbers a new workspace starts with: two in a messaging service, one on its own. All are fictional.
SERVICE_NUMBERS = ("+12025550142", "+12025550143")
OWN_NUMBER = "+12025550199"
SERVICE_NAME = "Workbench"


def connect(workspace: Workspace, carrier: Carrier, inbound_url: str) -> None:
    """Give a carrier without numbers its first ones, lead replies to the receiver, and name senders to the platform."""
    if not carrier.numbers():
        service = carrier.add_service(SERVICE_NAME)
        for phone in SERVICE_NUMBERS:
            carrier.add_number(phone, service_sid=service.sid)
        carrier.add_number(OWN_NUMBER)
    carrier.set_inbound_url(inbound_url)
    managed = {sender.phone for sender in workspace.senders() if sender.managed}
    for number in carrier.numbers():
        if number.phone_number not in managed:
            workspace.add_sender(Sender(number.phone_number, number.service_sid, inbound_url))


def transport_to(url: str, account: Account) -> TwilioTransport:
    """Give the platform's way to the carrier at an address, which reports there what becomes of each message."""
    return TwilioTransport(account.account_sid, account.auth_token, url, status_callback=f"{url}{STATUS_PATH}")
