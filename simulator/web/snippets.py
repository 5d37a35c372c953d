"""Snippets: what to paste into an application of one's own, with this run's address and made-up credentials."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template


@dataclass(frozen=True, slots=True)
class Snippet:
    """Be one thing to paste: what it does, in which language, and the text itself."""

    title: str
    language: str
    text: str


_SEND = (
    Snippet(
        "Send a message",
        "curl",
        """curl '$url/2010-04-01/Accounts/$account_sid/Messages.json' \\
  -u '$account_sid:$auth_token' \\
  --data-urlencode 'To=+12025550101' \\
  --data-urlencode 'From=$number' \\
  --data-urlencode 'Body=Reply YES to join'""",
    ),
    Snippet(
        "Send a message with Twilio's own SDK",
        "Python",
        """from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


class Local(TwilioHttpClient):
    def request(self, method, url, *args, **kwargs):
        path = url.split("twilio.com", 1)[1]
        return super().request(method, "$url" + path, *args, **kwargs)


client = Client("$account_sid", "$auth_token", http_client=Local())
client.messages.create(to="+12025550101", from_="$number", body="Reply YES to join")""",
    ),
    Snippet(
        "Send a message with Twilio's own SDK",
        "Node.js",
        """const twilio = require("twilio");

class Local extends twilio.RequestClient {
  request(options) {
    const path = options.uri.split("twilio.com")[1];
    return super.request({ ...options, uri: "$url" + path });
  }
}

const client = twilio("$account_sid", "$auth_token", { httpClient: new Local() });
client.messages
  .create({ to: "+12025550101", from: "$number", body: "Reply YES to join" })
  .then((message) => console.log(message.sid));""",
    ),
    Snippet(
        "Any language, nothing changed in your code: start a proxy, then your program with what it prints",
        "Shell",
        "inbound proxy --to $url",
    ),
)

_RECEIVE = (
    Snippet(
        "Let replies come to your own application too: give one of the numbers its address",
        "curl",
        """curl '$url/2010-04-01/Accounts/$account_sid/IncomingPhoneNumbers/$number_sid.json' \\
  -u '$account_sid:$auth_token' \\
  --data-urlencode 'SmsUrl=http://127.0.0.1:5000/sms'""",
    ),
    Snippet(
        "Check the signature of a webhook and answer it",
        "Python",
        """from flask import Flask, request
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

app = Flask(__name__)
validator = RequestValidator("$auth_token")


@app.post("/sms")
def sms():
    signature = request.headers.get("X-Twilio-Signature", "")
    if not validator.validate(request.url, request.form, signature):
        return "wrong signature", 403
    answer = MessagingResponse()
    answer.message("Thanks for " + request.form["Body"])
    return str(answer), 200, {"Content-Type": "text/xml"}""",
    ),
)

_PEOPLE = (
    Snippet(
        "Put a person in, as with Customer.io's Track API",
        "curl",
        """curl -X PUT '$url/api/v1/customers/ana' \\
  -u '$site_id:$api_key' \\
  -H 'Content-Type: application/json' \\
  -d '{"first_name": "Ana", "phone": "+12025550101"}'""",
    ),
    Snippet(
        "Put a person in with Customer.io's own client",
        "Python",
        """from customerio import CustomerIO

cio = CustomerIO("$site_id", "$api_key", host="$host", port=$port)
cio.base_url = "$url/api/v1"  # the client insists on https elsewhere
cio.identify(id="ana", first_name="Ana", phone="+12025550101")""",
    ),
    Snippet("Put a whole table in", "Shell", "inbound people import customers.csv"),
)

#: What is offered, by what a reader wants to do.
SNIPPETS: Mapping[str, tuple[Snippet, ...]] = {
    "Put people in": _PEOPLE,
    "Send": _SEND,
    "Receive": _RECEIVE,
}


def filled(snippets: tuple[Snippet, ...], values: Mapping[str, str]) -> tuple[Snippet, ...]:
    """Fill in this run's values; raise KeyError when one is missing."""
    return tuple(Snippet(s.title, s.language, Template(s.text).substitute(values)) for s in snippets)
