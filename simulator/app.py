"""App: one Flask application for both sides, on one port: Twilio's API, the platform's receiver, the control API."""

from dataclasses import dataclass, field

from flask import Flask, Response, request

from inbound_core.workspace import Workspace
from simulator import guard
from simulator.api_calls import ApiCalls, record_calls
from simulator.carrier import Carrier, rest_blueprint
from simulator.changes import Changes
from simulator.channels import QUICK, IsQuick
from simulator.clock_api import clock_blueprint
from simulator.control import control_blueprint
from simulator.faults import API_FAULTS, Faults
from simulator.places import Account
from simulator.receiver import (
    INBOUND_PATH,
    Express,
    ReceiverConfig,
    TrackCredentials,
    receiver_blueprint,
    status_blueprint,
    track_blueprint,
)
from simulator.serving import LARGEST_REQUEST
from simulator.web import Site, page_blueprint


@dataclass(frozen=True, slots=True)
class AppConfig:
    """Hold what an app is made of: both sides, whose they are, and who may call."""

    workspace: Workspace
    carrier: Carrier
    account: Account
    token: str = field(repr=False)
    allowed_hosts: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    faults: Faults | None = None
    inbound_url: str = ""


def create_app(config: AppConfig) -> Flask:
    """Make the application: `/2010-04-01`, `/v1` (Twilio), `/inbound/sms`, `/api/v1` (platform), `/simulator`,
    and the page at `/`.

    Every answer has strict headers, a foreign Host gets 403, and what changes the simulator's state by hand
    needs the run's token.
    """
    app = Flask("simulator", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    guard.install(app, config.token, config.allowed_hosts, config.password)
    account = config.account
    receiver = ReceiverConfig(account.account_sid, account.auth_token)
    app.register_blueprint(receiver_blueprint(config.workspace, receiver))
    app.register_blueprint(status_blueprint(config.workspace, receiver))
    app.register_blueprint(track_blueprint(config.workspace, TrackCredentials(account.site_id, account.api_key)))
    app.register_blueprint(rest_blueprint(config.carrier))
    calls, changes = ApiCalls(), Changes(config.workspace, config.carrier)
    app.extensions[QUICK] = _is_quick(app, config)
    # Whoever stops the app lets those go who wait for changes.
    app.extensions["inbound_changes"] = changes
    record_calls(app, calls, config.workspace.now)
    app.register_blueprint(control_blueprint(config.workspace, config.carrier, changes))
    app.register_blueprint(clock_blueprint(config.carrier))
    app.register_blueprint(
        page_blueprint(
            Site(config.workspace, config.carrier, account, calls, changes, config.faults, config.inbound_url)
        )
    )

    @app.after_request
    def tell_of_changes(response: Response) -> Response:
        """Let live pages look again after every request that may have changed something."""
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            changes.touch()
        return response

    @app.errorhandler(405)
    def wrong_method(error: Exception) -> tuple[Response, int]:
        """Name the methods that the address takes."""
        allowed = ", ".join(sorted({*(getattr(error, "valid_methods", None) or ())} - {"OPTIONS", "HEAD"}))
        remedy = ""
        if request.path.startswith("/inbound/sms"):
            remedy = " Choose HTTP POST where the address is entered at Twilio."
        text = f"This address takes {allowed or 'another method'}, not {request.method}.{remedy}"
        return Response(f"{text}\n", mimetype="text/plain"), 405

    @app.errorhandler(413)
    def too_large(_error: Exception) -> tuple[Response, int]:
        """Refuse what is larger than anything that is meant for here."""
        return Response("The request is larger than anything this address takes.\n", mimetype="text/plain"), 413

    # Thousands of replies come in a second: those that are as usual need nothing of Flask.
    express = Express(app.wsgi_app, config.workspace, receiver, guard.known_hosts(config.allowed_hosts))
    express.headers = tuple(guard.STRICT_HEADERS.items())
    express.listener = changes.touch
    app.wsgi_app = express  # type: ignore[method-assign]
    return app


def _is_quick(app: Flask, config: AppConfig) -> IsQuick:
    """Give the test of requests that are answered from memory alone: a reply that comes in, a message that is created.

    A store in a file waits for the disk and one on a server for the network; an API with armed faults may hang. Who
    reads much of the same memory at once keeps the loop waiting, as it would a thread, and others with it.
    """
    replies, creations = not config.workspace.store.shared, config.carrier.account.store.in_memory

    def is_quick(method: str, path: str) -> bool:
        if method != "POST":
            return False
        if path == INBOUND_PATH:
            return replies
        is_creation = path.startswith("/2010-04-01/Accounts/") and path.endswith("/Messages.json")
        faults: Faults | None = app.extensions.get(API_FAULTS)
        plans = faults.plans if faults else ()
        return creations and is_creation and all(plan.hop != "api" for plan in plans)

    return is_quick
