"""An application of somebody else's, in a process of its own, written with Twilio's SDK alone.

`python application_process.py TOKEN` prints its port. It refuses what is not signed by Twilio, as real ones do.
"""

import sys
import time

from flask import Flask, Response, abort, redirect, request
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse
from waitress.server import create_server

app = Flask("application")
validator = RequestValidator(sys.argv[1])
heard: list[str] = []


@app.before_request
def check() -> None:
    """Refuse a forged request; only the list of what was heard is open."""
    if request.path == "/heard":
        return
    url = request.host_url.rstrip("/") + request.environ["REQUEST_URI"]
    if not validator.validate(url, request.form, request.headers.get("X-Twilio-Signature", "")):
        abort(403)
    heard.append(request.path)


@app.route("/<way>", methods=["GET", "POST"])
def answer(way: str) -> object:
    """Answer in the way that the path names."""
    if way == "heard":
        return heard
    if way == "slow":
        time.sleep(1)
    if way == "failing":
        abort(500)
    if way == "broken":
        return Response("<Response><Message>", content_type="text/xml")
    if way == "moved":
        return redirect("/good", 307)
    twiml = MessagingResponse()
    twiml.message(f"{way} heard {request.values['Body']}" if "ErrorCode" not in request.values else "fallback")
    return Response(str(twiml), content_type="text/xml")


if __name__ == "__main__":
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    print(server.effective_port, flush=True)
    server.run()
