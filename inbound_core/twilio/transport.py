"""Transport: hand outbound messages to Twilio, or to the simulator in its place, through Twilio's own SDK."""

import threading
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from inbound_core.messages import OutboundMessage
from inbound_core.sending import TransportError


class TwilioTransport:
    """Send through Twilio's REST API; `base_url` points the unmodified SDK at another host.

    With `status_callback` Twilio reports there what becomes of each message. Calling it raises `TransportError`
    with Twilio's code when the API refuses, or when nothing answers.

    The SDK takes most of a second to import, so that is left to the first message.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        base_url: str | None = None,
        timeout: float = 15,
        status_callback: str | None = None,
    ) -> None:
        self._account_sid, self._auth_token = account_sid, auth_token
        self._base_url, self._timeout = base_url, timeout
        self._more = {} if status_callback is None else {"status_callback": status_callback}
        self._made: Any = None
        self._turn = threading.Lock()

    def __call__(self, message: OutboundMessage) -> str:
        """Send one message and give its MessageSid."""
        from requests import ConnectTimeout, RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException

        by = {"messaging_service_sid": message.sender} if message.sender.startswith("MG") else {"from_": message.sender}
        try:
            created = self._client().messages.create(to=message.to_phone, body=message.body, **by, **self._more)
        except TwilioRestException as error:
            # Too many requests at once, or a fault of Twilio's own: it says that it did not take the message.
            passing = error.status == 429 or error.status >= 500
            text = f"Twilio refused the message: {error.msg} ({error.code})."
            raise TransportError(text, error.code, passing=passing) from error
        except (TwilioException, RequestException) as error:
            # Where no connection came about nothing was taken; after that it may have been.
            nothing_taken = isinstance(error, ConnectTimeout) or _never_connected(error)
            raise TransportError(self._unanswered(error), uncertain=not nothing_taken, passing=nothing_taken) from error
        return str(created.sid)

    def find(self, message: OutboundMessage, since: datetime) -> tuple[str, ...]:
        """Give the MessageSids of messages that Twilio took to, from and with the body of this one since a time.

        Raise `TransportError` when Twilio does not answer.
        """
        from requests import RequestException
        from twilio.base.exceptions import TwilioException

        try:
            # Not by the time of sending, which a message that still waits at Twilio does not have.
            taken = self._client().messages.list(to=message.to_phone, limit=200)
        except (TwilioException, RequestException) as error:
            raise TransportError(self._unanswered(error)) from error
        same = [
            item
            for item in taken
            if item.body == message.body
            and message.sender in (item.messaging_service_sid, item.from_)
            and (item.date_created is None or item.date_created >= since.replace(microsecond=0))
        ]
        return tuple(str(item.sid) for item in reversed(same))

    def _client(self) -> Any:
        with self._turn:
            if self._made is None:
                from twilio.rest import Client

                http_client = _client_for(self._base_url, self._timeout)
                self._made = Client(self._account_sid, self._auth_token, http_client=http_client)
        return self._made

    def _unanswered(self, error: Exception) -> str:
        """Say in plain words what the HTTP library tells in its own, and what to do."""
        from requests import RequestException, Timeout

        where = self._base_url or "https://api.twilio.com"
        remedy = "Is the simulator running?" if self._base_url else "Is the network there?"
        if _never_connected(error):
            return f"Twilio did not answer: nothing takes connections at {where}. {remedy}"
        if isinstance(error, Timeout):
            return f"Twilio did not answer: nothing came from {where} in time. {remedy}"
        if isinstance(error, RequestException):
            return f"Twilio did not answer: the connection to {where} broke off. {remedy}"
        return f"Twilio did not answer: {error}. {remedy}"


def _never_connected(error: Exception) -> bool:
    """Tell whether no connection came about, as opposed to one that broke off later."""
    from requests.exceptions import ConnectionError as NoConnection

    return isinstance(error, NoConnection) and any(
        sign in repr(error) for sign in ("NewConnectionError", "NameResolutionError")
    )


def _client_for(base_url: str | None, timeout: float) -> Any:
    from twilio.http.http_client import TwilioHttpClient

    if base_url is None:
        return TwilioHttpClient(timeout=timeout)
    base = urlsplit(base_url)

    class LocalHttpClient(TwilioHttpClient):  # type: ignore[misc]
        """Send each request of the SDK to the base URL's host, its path untouched."""

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            local = urlsplit(url)._replace(scheme=base.scheme, netloc=base.netloc).geturl()
            return super().request(method, local, *args, **kwargs)

    return LocalHttpClient(timeout=timeout)
