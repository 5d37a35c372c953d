"""In process: an answer comes to the same as over HTTP, good or at fault."""

import time
from dataclasses import replace

import pytest
from flask import Flask, Response

from simulator.carrier import CarrierConfig, fetching
from simulator.carrier.overrides import connection_of
from simulator.carrier.sockets import OpenSockets
from simulator.in_process import wire_to
from tests.carrier.applications import TOKEN, serving
from tests.carrier.carriers import ACCOUNT


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(Response("<Response/>"), None, id="good"),
        pytest.param(Response("", 302, {"Location": "/elsewhere"}), None, id="leads elsewhere"),
        pytest.param(Response("", 302), 11200, id="leads nowhere"),
        pytest.param(Response("x" * 70_000), 11750, id="too large"),
        pytest.param(Response("no", 404), 11200, id="not there"),
        pytest.param(Response("no", 503), 11200, id="failed"),
    ],
)
def test_an_answer_is_judged_as_over_http(answer: Response, code: int | None):
    app = Flask("application")
    app.add_url_rule("/sms", "sms", lambda: answer, methods=["POST"])
    with serving(app) as base:
        url = f"{base}/sms"
        limits = connection_of(url, CarrierConfig(ACCOUNT, TOKEN))
        over_http, in_process = (
            replace(way("POST", url, {}, b"", limits, time.monotonic() + 10, OpenSockets()), headers={}, seconds=0.0)
            for way in (fetching.exchange, wire_to(app, base))
        )

    assert in_process == over_http
    assert in_process.error_code == code
