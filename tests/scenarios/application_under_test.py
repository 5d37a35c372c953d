"""An application as somebody else would write it: the standard library and Twilio's documentation, nothing of ours.

Run: python application_under_test.py ACCOUNT_SID AUTH_TOKEN API_URL [careless]
It prints its port. JOIN is answered in TwiML, LATER through the REST API. Careless, it counts no message once.
"""

import base64
import hashlib
import hmac
import http.server
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

ACCOUNT, TOKEN, API = sys.argv[1:4]
CARELESS = "careless" in sys.argv
seen: set[str] = set()


def send(to: str, sender: str, body: str) -> None:
    form = urllib.parse.urlencode({"To": to, "From": sender, "Body": body}).encode()
    request = urllib.request.Request(f"{API}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", form)
    secret = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    request.add_header("Authorization", f"Basic {secret}")
    for attempt in range(3):
        try:
            urllib.request.urlopen(request, timeout=10).read()
            return
        except urllib.error.HTTPError as error:
            error.close()
            if CARELESS or error.code not in (429, 500) or attempt == 2:
                return


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        url = f"http://{self.headers['Host']}{self.path}"
        base = url + "".join(key + form[key] for key in sorted(form))
        signature = base64.b64encode(hmac.new(TOKEN.encode(), base.encode(), hashlib.sha1).digest()).decode()
        if not hmac.compare_digest(signature, self.headers.get("X-Twilio-Signature", "")):
            self.answer(403, "wrong signature")
            return
        reply = ""
        if CARELESS or form["MessageSid"] not in seen:
            seen.add(form["MessageSid"])
            if form["Body"].strip().upper() == "JOIN":
                reply = "<Message>Welcome to the club</Message>"
            if form["Body"].strip().upper() == "LATER":
                threading.Thread(target=send, args=(form["From"], form["To"], "Now it is later")).start()
        self.answer(200, f"<Response>{reply}</Response>")

    def answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Write no line for each request, as the base class does."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
print(server.server_address[1], flush=True)
server.serve_forever()
