"""Blueprint: credentials, errors and routes of the REST API in one place."""

import hmac
import time
from functools import lru_cache

from flask import Blueprint, Response, current_app, g, request
from werkzeug.datastructures import Authorization

from simulator.carrier import codes
from simulator.carrier.carrier import Carrier
from simulator.carrier.errors import ApiError
from simulator.carrier.resources import ApiKey
from simulator.carrier.rest import (
    accounts,
    answers,
    capabilities,
    media,
    messages,
    monitor,
    numbers,
    pools,
    services,
    small_resources,
)
from simulator.carrier.rest.urls import asked_host

_ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]
#: The first names of the hosts whose paths are served, as in api.twilio.com and api.dublin.ie1.twilio.com.
_HOSTS = ("api", "messaging", "accounts", "monitor")
_DETAIL = "Your AccountSid or AuthToken was incorrect."


def rest_blueprint(carrier: Carrier) -> Blueprint:
    """Give the REST API of an account; what is not imitated answers 501 and says so.

    One port serves the paths of api., messaging., accounts. and monitor.twilio.com, which do not collide.
    """
    blueprint = Blueprint("twilio", __name__)

    public = {f"{blueprint.name}.{name}" for name in (media.OPEN_ENDPOINT, capabilities.OPEN_ENDPOINT)}

    @blueprint.before_request
    def check_credentials() -> None:
        g.started = time.perf_counter()
        if request.endpoint not in public:
            _check_credentials(carrier)
            _refuse_other_products()

    @blueprint.before_app_request
    def keep_to_the_api() -> Response | None:
        # What the proxy leads here was for Twilio: no page of the simulator's own may answer in its name.
        if request.blueprint == blueprint.name or not asked_host():
            return None
        g.started = time.perf_counter()
        return answers.error(_absent(asked_host()))

    @blueprint.errorhandler(ApiError)
    def explain(problem: ApiError) -> Response:
        return answers.error(problem)

    for part in (capabilities, messages, media, numbers, services, pools, accounts, small_resources, monitor):
        part.add_routes(blueprint, carrier)

    @blueprint.route("/2010-04-01/<path:rest>", methods=_ANY)
    @blueprint.route("/v1/<path:rest>", methods=_ANY)
    @blueprint.route("/v2/<path:rest>", methods=_ANY)
    @blueprint.route("/v3/<path:rest>", methods=_ANY)
    def not_imitated(rest: str) -> Response:
        allowed = _methods_of(blueprint.name)
        if allowed:
            text = f"Method not allowed: {request.method}. This resource takes {', '.join(allowed)}."
            return answers.error(ApiError(20004, text, 405))
        raise _absent()

    return blueprint


def _absent(host: str = "") -> ApiError:
    what = f"{request.method} {host}{request.path}"
    hint = ""
    if request.path.startswith("/2010-04-01/") and not request.path.endswith(".json"):
        hint = " It answers in JSON only: end the path with .json."
    return ApiError(20001, f"This simulator does not imitate {what}.{hint} /capabilities lists what it does.", 501)


def _refuse_other_products() -> None:
    """Refuse what the proxy passes on for another product: conversations.twilio.com has a /v1/Services, too."""
    host = asked_host()
    if host and host.split(".")[0] not in _HOSTS:
        raise _absent(host)


def _methods_of(name: str) -> list[str]:
    """Give the methods that the requested path takes on a route of its own."""
    adapter = current_app.create_url_adapter(request)
    found = []
    for method in _ANY if adapter is not None else ():
        endpoint = adapter.match(method=method)[0] if adapter is not None else ""
        if endpoint != f"{name}.not_imitated":
            found.append(method)
    return found


def _check_credentials(carrier: Carrier) -> None:
    given = _credentials(request.environ.get("HTTP_AUTHORIZATION"))
    if given is None:
        text = "Authentication Error - No credentials provided"
        raise ApiError(20003, text, 401, _DETAIL)
    user, password = given
    if not _fits(carrier, user, password):
        # Twilio's older text blames the user name; a wrong secret of a right one gets the shorter text.
        text = "Authenticate" if user == carrier.account_sid else "Authentication Error - invalid username"
        raise ApiError(20003, text, 401, _DETAIL)
    account = (request.view_args or {}).get("account")
    if account is not None and account != carrier.account_sid:
        raise codes.not_found(request.path)


@lru_cache(maxsize=64)  # an application sends the same header with each request
def _credentials(header: str | None) -> tuple[str, str] | None:
    """Give the user name and the password of a header of Basic auth, None for any other."""
    given = Authorization.from_header(header)
    if given is None or given.type != "basic":
        return None
    return given.username or "", given.password or ""


def _fits(carrier: Carrier, user: str, password: str) -> bool:
    pairs = [(carrier.account_sid, carrier.auth_token)]
    if user.startswith("SK"):
        pairs += [(key.sid, key.secret) for key in carrier.account.directory.every(ApiKey)]
    # Compared in constant time, and both parts of every pair, so that the time tells nothing about any.
    matches = [
        hmac.compare_digest(user.encode(), known.encode()) & hmac.compare_digest(password.encode(), secret.encode())
        for known, secret in pairs
    ]
    return any(matches)
