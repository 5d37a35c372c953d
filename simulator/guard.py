"""Guard: who may talk to the simulator. Known hosts only, a token for changes, strict headers on every answer."""

import hmac
import ipaddress
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request

from inbound_core.errors import SetupError
from inbound_core.regions import PlatformRegion

LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: The page's cookie that carries the token; scripts cannot read it and other sites cannot send it. Browsers
#: keep cookies by host and not by port, so each simulator of a machine has a name of its own for it.
COOKIE = "inbound_token"
HEADER = "X-Inbound-Token"

#: Shorter ones can be tried out.
SHORTEST_PASSWORD = 8

#: Paths of programs, each with credentials or a signature of its own; a page's password is not asked for there.
_PROGRAM_PATHS = ("/inbound/sms", "/api/v1/", "/2010-04-01/", "/v1/", "/v2/", "/v3/")

#: Paths on which the platform's own host names are answered too: both carry their own proof of who calls.
_PLATFORM_PATHS = ("/inbound/sms", "/api/v1/")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

#: What every answer carries, unless a view has set it otherwise.
STRICT_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: then browsers hide the origin of our own forms from us too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class UnprotectedError(SetupError, PermissionError):
    """Report a simulator that others on the network could read or use, with the remedy."""


View = TypeVar("View", bound=Callable[..., Any])


def check_address(host: str, password: str | None) -> None:
    """Raise `UnprotectedError` for an address that others can reach, unless there is a password for it."""
    if is_loopback(host) or (password and len(password) >= SHORTEST_PASSWORD):
        return
    given = "a longer password" if password else "a password"
    raise UnprotectedError(
        f"Others on the network could reach {host}, and a simulator holds numbers and messages. Give {given} "
        f"(--password, at least {SHORTEST_PASSWORD} characters), or leave --host out to stay on this machine."
    )


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def install(app: Flask, token: str, allowed_hosts: Collection[str] = (), password: str | None = None) -> None:
    """Put the Host allow-list and the password before, and the security headers behind, every request of an app."""
    app.config["INBOUND_TOKEN"] = token
    hosts = known_hosts(allowed_hosts)
    platform_hosts = {region.host for region in PlatformRegion}

    @app.before_request
    def known_host_only() -> Response | None:
        """Refuse a foreign Host: a web page elsewhere may have pointed its own name at this machine."""
        host = host_name(request.host)
        if host in hosts or (host in platform_hosts and request.path.startswith(_PLATFORM_PATHS)):
            return None
        return refusal(
            f"The host name {host[:100]!r} is not on the allow-list. Use http://127.0.0.1 and the port, or start "
            "with --allow-host."
        )

    @app.before_request
    def nothing_for_another_sites_page() -> Response | None:
        """Refuse what a page elsewhere loads or frames; a link on it may lead here, as to any page."""
        if request.path.startswith(_PROGRAM_PATHS) or _own_or_typed() or _follows_a_link():
            return None
        return refusal("A page of another origin asked for this, so it is refused.")

    @app.before_request
    def password_first() -> Response | None:
        """Ask for the password, where there is one, except of programs with credentials of their own."""
        if password is None or request.path.startswith(_PROGRAM_PATHS) or has_token() or _knows(password):
            return None
        response = Response("The password that `inbound serve` was started with is needed.\n", 401)
        response.headers["WWW-Authenticate"] = 'Basic realm="Inbound Workbench", charset="UTF-8"'
        return response

    @app.after_request
    def strict_headers(response: Response) -> Response:
        """Let no answer be framed, sniffed or made to run script of another origin."""
        for name, value in STRICT_HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def known_hosts(allowed_hosts: Collection[str]) -> frozenset[str]:
    """Give the names under which the simulator answers on every path."""
    return frozenset({*LOOPBACK, *(host.lower() for host in allowed_hosts)})


def changes_state(view: View) -> View:
    """Let a view run only with the run's token, and never for another site's page."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not same_origin():
            return refusal("The request came from a page of another origin, so it is refused.")
        if not has_token():
            return refusal(
                "This changes state, so it needs the token of this run. In a browser: open the link that "
                f"`inbound serve` printed. In a program: send the token as the header {HEADER}."
            )
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]


def _knows(password: str) -> bool:
    given = request.authorization
    # In constant time, so that the answer's delay tells nothing of the password.
    return given is not None and hmac.compare_digest((given.password or "").encode(), password.encode())


def has_token() -> bool:
    """Tell whether the request carries the run's token, as header or as the page's cookie."""
    given = request.headers.get(HEADER) or request.cookies.get(cookie_name()) or ""
    # In constant time, so that the answer's delay tells nothing of the token.
    return hmac.compare_digest(given.encode(), str(current_app.config["INBOUND_TOKEN"]).encode())


def cookie_name() -> str:
    """Name the cookie of the simulator that is asked."""
    return f"{COOKIE}_{request.host.rpartition(':')[2]}" if ":" in request.host else COOKIE


def same_origin() -> bool:
    """Tell whether a browser sent the request for a page of ours; what is no browser sends neither header."""
    origin = request.headers.get("Origin")
    # Compared as a whole: an origin is a scheme, a host and a port, and whatever else stands there is none of ours.
    own = origin is None or origin in (f"http://{request.host}", f"https://{request.host}")
    return own and _own_or_typed()


def _own_or_typed() -> bool:
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def _follows_a_link() -> bool:
    asked = request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-Dest")
    return request.method == "GET" and asked == ("navigate", "document")


def host_name(host: str) -> str:
    """Give the name of a Host header without its port, an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def refusal(reason: str) -> Response:
    """Answer 403 with the reason and no data."""
    return Response(reason + "\n", status=403, mimetype="text/plain")
