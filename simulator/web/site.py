"""Site: the page as one blueprint: what all its parts share, and the parts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from inbound_core.errors import InboundError
from inbound_core.workspace import Workspace
from simulator import guard
from simulator.api_calls import ApiCalls
from simulator.carrier import Carrier, CarrierError
from simulator.changes import Changes
from simulator.fault_plans import KINDS
from simulator.faults import Faults
from simulator.places import Account
from simulator.web.assets import keep_assets
from simulator.web.preferences import preferences
from simulator.web.rendering import environment
from simulator.web.routes import Route
from simulator.web.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Site:
    """Hold what the parts of the page work on."""

    workspace: Workspace
    carrier: Carrier
    account: Account
    calls: ApiCalls
    changes: Changes
    faults: Faults | None = None
    inbound_url: str = ""

    @property
    def timeline(self) -> Timeline:
        """Give the questions to both stores."""
        return Timeline(self.workspace, self.carrier, self.calls)

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """Render a page for whoever asks."""
        chosen = preferences()
        shared = {
            "preferences": chosen,
            "may_change": guard.has_token(),
            "revision": self.changes.now(),
            # The address of /open may hold a token, which no page repeats.
            "here": "/" if request.path == "/open" else request.full_path.rstrip("?"),
            "endpoint": request.endpoint or "",
            "faults": [KINDS[plan.hop][plan.kind] for plan in self.faults.plans] if self.faults else [],
            # What answers a form cannot be asked for again.
            "may_reload": request.method == "GET",
            "query": request.args.get("q", ""),
        }
        text = environment().get_template(template).render(shared | values)
        return Response(text, status=status, mimetype="text/html")


def page_blueprint(site: Site) -> Blueprint:
    """Make the page: `/`, `/handsets/...`, `/messages/...`, `/wire/...`, `/people`, `/setup`, `/control` and more."""
    from simulator.web.pages import ROUTES

    blueprint = Blueprint("page", __name__, static_folder="static", static_url_path="/static")
    for route in ROUTES:
        view = _bound(site, route)
        blueprint.add_url_rule(route.path, route.view.__name__, view, methods=list(route.methods))

    blueprint.after_request(keep_assets)

    @blueprint.before_request
    def know_the_reader() -> None:
        """Let templates mask numbers and name services."""
        g.masked = preferences().masked
        g.service_names = {service.sid: service.friendly_name for service in site.carrier.services()}

    @blueprint.errorhandler(InboundError)
    @blueprint.errorhandler(CarrierError)
    def explained(error: Exception) -> Response:
        """Show the reason as a page."""
        status = 404 if isinstance(error, LookupError) else 400
        return site.render("error.html", status, title="That did not work", reason=str(error), back=_section())

    @blueprint.app_errorhandler(404)
    @blueprint.app_errorhandler(500)
    def nothing_to_show(error: HTTPException) -> Response:
        """Say as a page what a browser cannot be shown; a program is told in a line of text."""
        title, reason = "Nothing is here", f"There is nothing at {request.path}."
        if error.code != 404:
            title, reason = (
                "A mistake",
                "The simulator itself made a mistake. The terminal that it runs in tells where.",
            )
        if "text/html" not in request.headers.get("Accept", ""):
            return Response(f"{reason}\n", error.code, mimetype="text/plain")
        know_the_reader()
        return site.render("error.html", error.code or 500, title=title, reason=reason, back="")

    return blueprint


def _section() -> str:
    """Give the page that a form belongs to, of those that have one of their own."""
    first = f"/{request.path.split('/')[1]}"
    return first if request.method == "POST" and first in ("/control", "/setup", "/people") else ""


def _bound(site: Site, route: Route) -> Callable[..., Response]:
    """Give a route's view its site, and put the guard before one that changes state."""

    @wraps(route.view)
    def view(**variables: str) -> Response:
        return route.view(site, **variables)

    return guard.changes_state(view) if route.changes else view
