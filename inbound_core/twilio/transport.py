"""Transport: hand outbound messages to Twilio, or to the simulator in its place, through Twilio's own SDK."""

from typing import Any
from urllib.parse import urlsplit

from inbound_core.messages import OutboundMessage
from inbound_core.sending import TransportError


class TwilioTransport:
    """Send through Twilio's REST API; `base_url` points the unmodified SDK at another host.

    Calling it raises `TransportError` with Twilio's code when the API refuses, or when nothing answers.
    """

    def __init__(self, account_sid: str, auth_token: str, base_url: str | None = None, timeout: float = 15) -> None:
        # The SDK takes most of a second to import, so only who sends pays for it.
        from twilio.rest import Client

        http_client = _client_for(base_url, timeout)
        self._client = Client(account_sid, auth_token, http_client=http_client)

    def __call__(self, message: OutboundMessage) -> str:
        """Send one message and give its MessageSid."""
        from requests import RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException

        by = {"messaging_service_sid": message.sender} if message.sender.startswith("MG") else {"from_": message.sender}
        try:
            created = self._client.messages.create(to=message.to_phone, body=message.body, **by)
        except TwilioRestException as error:
            raise TransportError(f"Twilio refused the message: {error.msg} ({error.code}).", error.code) from error
        except (TwilioException, RequestException) as error:
            raise TransportError(f"Twilio did not answer: {error}. Is the simulator running?") from error
        return str(created.sid)


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
