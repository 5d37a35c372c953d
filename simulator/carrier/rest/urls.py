"""URLs: the base of the absolute addresses that the v1 APIs give."""

from flask import request

from simulator.carrier.carrier import Carrier


def asked_host() -> str:
    """Give the host of Twilio that the caller asked for, where the proxy led the request here, else `""`."""
    host = str(request.environ.get("HTTP_X_SIMULATED_HOST", "")).lower()
    return host if host.endswith(".twilio.com") else ""


def base_url(carrier: Carrier) -> str:
    """Give the base that the caller can follow.

    Behind the proxy a request still names the host that it was for, such as messaging.twilio.com, and that is
    the address to give back; else it is where the simulator is reached.
    """
    host = asked_host()
    if host:
        return f"https://{host}"
    return carrier.public_url or request.host_url.rstrip("/")
