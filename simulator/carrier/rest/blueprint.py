"""Blueprint: credentials, errors and routes of the REST API in one place."""

import hmac

from flask import Blueprint, Response, request

from simulator.carrier import codes
from simulator.carrier.carrier import Carrier
from simulator.carrier.errors import ApiError
from simulator.carrier.rest import answers, messages, numbers

_ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_DETAIL = "Your AccountSid or AuthToken was incorrect."


def rest_blueprint(carrier: Carrier) -> Blueprint:
    """Give the REST API of an account; what is not imitated answers 501 and says so.

    One port serves the paths of api., messaging., accounts. and monitor.twilio.com, which do not collide.
    """
    blueprint = Blueprint("twilio", __name__)

    @blueprint.before_request
    def check_credentials() -> None:
        _check_credentials(carrier)

    @blueprint.errorhandler(ApiError)
    def explain(problem: ApiError) -> Response:
        return answers.error(problem)

    for part in (messages, numbers):
        part.add_routes(blueprint, carrier)

    @blueprint.route("/2010-04-01/<path:rest>", methods=_ANY)
    @blueprint.route("/v1/<path:rest>", methods=_ANY)
    def not_imitated(rest: str) -> Response:
        what = f"{request.method} {request.path}"
        text = f"This simulator does not imitate {what}. /capabilities lists what it does."
        return answers.error(ApiError(20001, text, 501))

    return blueprint


def _check_credentials(carrier: Carrier) -> None:
    given = request.authorization
    if given is None or given.type != "basic":
        text = "Authentication Error - No credentials provided"
        raise ApiError(20003, text, 401, _DETAIL)
    user, password = given.username or "", given.password or ""
    # Compared in constant time, and both parts always, so that the time tells nothing about either.
    right_user = hmac.compare_digest(user.encode(), carrier.account_sid.encode())
    right_password = hmac.compare_digest(password.encode(), carrier.auth_token.encode())
    if not right_user or not right_password:
        raise ApiError(20003, "Authentication Error - invalid username", 401, _DETAIL)
    account = (request.view_args or {}).get("account")
    if account is not None and account != carrier.account_sid:
        raise codes.not_found(request.path)
