"""Capabilities: the table of what is imitated, for programs as JSON and for people as a page."""

from dataclasses import asdict
from itertools import groupby

from flask import Blueprint, Response, current_app, render_template_string, request

from simulator.carrier.capabilities import CAPABILITIES
from simulator.carrier.carrier import Carrier
from simulator.carrier.rest.answers import answer

#: Public: it says nothing about the account.
OPEN_ENDPOINT = "capabilities"
#: Beside the simulator's own page it wears that page's style; alone it is plain.
_PAGE = """<!doctype html>
<html lang="en" data-theme="auto">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>What this fake Twilio imitates</title>
{% if has_page %}<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/page.css">{% endif %}
</head>
<body>
{% if has_page %}<header class="top"><a class="brand" href="/">Inbound Workbench</a>
<nav aria-label="Main" class="nav"><a href="/setup">Set-up</a></nav></header>{% endif %}
<main class="sheet">
<h1>What this fake Twilio imitates</h1>
<p class="note">Documented: Twilio says so. Observed: seen in real traffic. Assumed: our best guess, with the switch of
<code>CarrierConfig</code> that changes it.</p>
<table>
<thead><tr><th scope="col">Behaviour</th><th scope="col">How sure</th><th scope="col">Switch</th></tr></thead>
{% for area, rows in areas %}<tbody>
<tr><th scope="rowgroup" colspan="3">{{ area }}</th></tr>
{% for row in rows %}<tr><td>{{ row.behaviour }}</td><td><span class="tag">{{ row.certainty }}</span></td>
<td>{% if row.switch %}<code>{{ row.switch }}</code>{% endif %}</td></tr>
{% endfor %}</tbody>
{% endfor %}</table>
</main>
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
        areas = groupby(CAPABILITIES, lambda row: row.area)
        page = render_template_string(_PAGE, areas=areas, has_page="page" in current_app.blueprints)
        return Response(page, mimetype="text/html")
    return answer({"capabilities": rows})
