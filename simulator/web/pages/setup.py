"""Set-up: whether replies would arrive and find their people, and what to paste where."""

from urllib.parse import urlsplit

from flask import Response, redirect, request

from inbound_core.regions import PlatformRegion
from simulator.guard import has_token
from simulator.web.routes import Route
from simulator.web.site import Site
from simulator.web.snippets import SNIPPETS, filled


def setup(site: Site) -> Response:
    """Show each prerequisite with its verdict, and the snippets for an application of one's own."""
    numbers = site.carrier.numbers()
    base = request.host_url.rstrip("/")
    # Whoever has these can send and put people in: they are for whoever may change the workspace by hand, too.
    may_see = has_token()
    values = {
        "url": base,
        "host": urlsplit(base).hostname or "127.0.0.1",
        "port": str(urlsplit(base).port or 80),
        "account_sid": site.account.account_sid,
        "auth_token": site.account.auth_token if may_see else "AUTH_TOKEN",
        "site_id": site.account.site_id,
        "api_key": site.account.api_key if may_see else "API_KEY",
        "number": numbers[0].phone_number if numbers else "",
        "number_sid": numbers[-1].sid if numbers else "",
    }
    return site.render(
        "setup.html",
        report=site.workspace.setup_report(),
        region=site.workspace.region,
        regions=list(PlatformRegion),
        local_url=site.inbound_url or f"{base}/inbound/sms",
        numbers=numbers,
        services=site.carrier.services(),
        snippets={goal: filled(snippets, values) for goal, snippets in SNIPPETS.items()},
        credentials=values,
        hidden="" if may_see else "hidden, as this browser may look only",
    )


def choose_region(site: Site) -> Response:
    """Move the workspace to the other region."""
    site.workspace.set_region(request.form.get("region", ""))
    return redirect("/setup", 303)  # type: ignore[return-value]


ROUTES = (
    Route("/setup", setup),
    Route("/setup/region", choose_region, ("POST",), changes=True),
)
