"""The REST API of the fake Twilio, as one Flask blueprint.

Twilio's SDKs have no option for another host, but take an http client. In Python:

    class Local(TwilioHttpClient):
        def request(self, method, url, *args, **kwargs):
            return super().request(method, BASE + url.split(".com", 1)[1], *args, **kwargs)
    client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=Local())

In Node:

    const Requests = require("twilio/lib/base/RequestClient").default || require("twilio/lib/base/RequestClient")
    const requests = new Requests()
    const request = (o) => requests.request({ ...o, uri: BASE + o.uri.split(".com")[1] })
    const client = twilio(ACCOUNT_SID, AUTH_TOKEN, { httpClient: { request } })

Or change no code at all: see `simulator.proxy`.
"""

from simulator.carrier.rest.blueprint import rest_blueprint

__all__ = ["rest_blueprint"]
