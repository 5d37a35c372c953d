"""Status callbacks: tell an application of a message's new status, each message's in order."""

from simulator.carrier import fetching
from simulator.carrier.account import Account
from simulator.carrier.records import CarrierMessage
from simulator.carrier.resources import MessagingService
from simulator.carrier.webhook_form import status_form
from simulator.carrier.webhooks import Call, Webhooks


class StatusCallbacks:
    """Send callbacks to the message's own URL, else to its service's."""

    def __init__(self, account: Account, webhooks: Webhooks) -> None:
        self._account, self._webhooks = account, webhooks

    def tell(self, message: CarrierMessage) -> None:
        """Tell of the status that a message has now; returns at once."""
        url = message.status_callback or self._service_url(message)
        if not url:
            return
        form = status_form(self._account.config.account_sid, message)
        call = Call("status", message, url, message.status_callback_method, form)
        self._account.lanes.submit(message.sid, fetching.host_of(url), lambda: self._send(call))

    def _service_url(self, message: CarrierMessage) -> str | None:
        if message.messaging_service_sid is None:
            return None
        found = self._account.directory.every(MessagingService, lambda s: s.sid == message.messaging_service_sid)
        return found[0].status_callback if found else None

    def _send(self, call: Call) -> None:
        outcome = self._webhooks.send(call)
        found = outcome.exchange
        if found.error_code is not None:
            self._webhooks.complain(call, found.error_code, f"Status callback: {found.error}", outcome)
