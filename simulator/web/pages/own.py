"""Own: how a browser gets the run's token, and what a reader chooses for the page."""

import hmac

from flask import Response, current_app, redirect, request

from simulator import guard
from simulator.web.preferences import THEMES, keep_preference, local_path
from simulator.web.routes import Route
from simulator.web.site import Site


def open_page(site: Site) -> Response:
    """Give the browser its cookie for the token of the link that `inbound serve` printed."""
    if not guard.same_origin():
        reason = "Another site led here, and the token is taken from your own hand only. Paste the link or the token."
        return site.render("open.html", 403, reason=reason)
    given = request.values.get("token", "").strip()
    # In constant time, so that the answer's delay tells nothing of the token.
    if not hmac.compare_digest(given.encode(), str(current_app.config["INBOUND_TOKEN"]).encode()):
        reason = "That is not the token of this run. Copy the whole link that `inbound serve` printed."
        return site.render("open.html", 403 if given else 200, reason=reason if given else "")
    answer = redirect(local_path(request.values.get("next")), 303)
    answer.set_cookie(guard.cookie_name(), given, httponly=True, samesite="Strict")
    return answer  # type: ignore[return-value]


def choose(site: Site) -> Response:
    """Keep a theme, or whether numbers are masked, for whoever asks."""
    if not guard.same_origin():
        return guard.refusal("The request came from a page of another origin, so it is refused.")
    answer = redirect(local_path(request.form.get("back")), 303)
    if request.form.get("theme") in THEMES:
        keep_preference(answer, "theme", request.form["theme"])  # type: ignore[arg-type]
    if request.form.get("mask") in ("0", "1"):
        keep_preference(answer, "mask", request.form["mask"])  # type: ignore[arg-type]
    return answer  # type: ignore[return-value]


def help_page(site: Site) -> Response:
    """Show keys, search words and rules."""
    from simulator.search_words import FIELDS

    return site.render("help.html", fields=FIELDS)


ROUTES = (
    Route("/open", open_page, ("GET", "POST")),
    Route("/preferences", choose, ("POST",)),
    Route("/help", help_page),
)
