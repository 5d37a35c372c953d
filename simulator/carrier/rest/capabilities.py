"""Capabilities: the table of what is imitated, for programs as JSON and for people as a page."""

from dataclasses import asdict

from flask import Blueprint, Response, render_template_string, request

from simulator.carrier.capabilities import CAPABILITIES
from simulator.carrier.carrier import Carrier
from simulator.carrier.rest.answers import answer

#: Public: it says nothing about the account.
OPEN_ENDPOINT = "capabilities"
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>What this fake Twilio imitates</title></head>
<body>
<h1>What this fake Twilio imitates</h1>
<p>Documented: Twilio says so. Observed: seen in real traffic. Assumed: our best guess, with a switch where one is
named.</p>
<table>
<thead><tr><th scope="col">Area</th><th scope="col">Behaviour</th><th scope="col">How sure</th>
<th scope="col">Switch</th></tr></thead>
<tbody>
{% for row in rows %}<tr><td>{{ row.area }}</td><td>{{ row.behaviour }}</td><td>{{ row.certainty }}</td>
<td>{% if row.switch %}<code>{{ row.switch }}</code>{% endif %}</td></tr>
{% endfor %}</tbody>
</table>
</body>
</html>
"""


def add_routes(blueprint: Blueprint, carrier: Carrier) -> None:
    """Serve the table."""
    blueprint.add_url_rule("/capabilities", OPEN_ENDPOINT, show, methods=["GET"])


def show() -> Response:
    """Give the table in the form that is asked for; JSON unless a browser asks."""
    rows = [asdict(row) for row in CAPABILITIES]
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return Response(render_template_string(_PAGE, rows=rows), mimetype="text/html")
    return answer({"capabilities": rows})
