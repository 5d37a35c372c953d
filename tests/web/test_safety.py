"""Safety: each promise of the page, and an attempt to break it."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from simulator import Simulator, SimulatorConfig, start
from simulator.guard import HEADER, UnprotectedError, cookie_name
from simulator.live_credentials import LiveCredentialError
from simulator.places import Account
from simulator.serving import listen, serve_app

ANA = "+12025550101"
PAGES = (
    "/everything",
    f"/handsets/{ANA}",
    "/people",
    "/people/ana",
    "/anonymous",
    "/consent",
    "/activity",
    "/wire/webhook-1",
    "/help",
    "/open",
    "/simulator/log",
    "/simulator/messages",
    f"/simulator/conversations/{ANA}",
    "/simulator/changes?wait=0",
    "/static/page.js",
)
#: In a name, a body, a number and a search: whatever reaches the page as markup would run this.
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>'\"--></textarea><svg onload=alert(3)>"


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with start() as simulator:
        simulator.workspace.identify("ana", {"phone": ANA})
        simulator.text(ANA, "the secret word")
        yield simulator


def posts(sim: Simulator) -> list[str]:
    """Name every address of the page that takes changes."""
    rules = sim.app.url_map.iter_rules()
    pages = (
        rule for rule in rules if rule.endpoint.startswith(("page.", "control.")) and "POST" in (rule.methods or ())
    )
    own = {"/open", "/preferences"}
    return sorted(re.sub(r"<(?:\w+:)?\w+>", ANA, rule.rule) for rule in pages if rule.rule not in own)


@pytest.mark.parametrize("path", PAGES)
def test_a_foreign_host_name_gets_403_and_no_data(sim: Simulator, path: str) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8025", "track.customer.io"):
        answer = requests.get(sim.url + path, headers={"Host": host}, timeout=10)

        assert answer.status_code == 403
        assert "secret word" not in answer.text
        assert "ana" not in answer.text.replace("www.", "")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_forbids_foreign_script_framing_and_sniffing(sim: Simulator, path: str) -> None:
    answer = requests.get(sim.url + path, timeout=10)
    policy = answer.headers["Content-Security-Policy"]

    assert answer.status_code == 200
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", [p for p in PAGES if not p.startswith(("/simulator", "/static"))])
def test_no_page_has_script_or_style_within(sim: Simulator, path: str) -> None:
    text = requests.get(sim.url + path, timeout=10).text

    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)


def kept(sim: Simulator) -> list[object]:
    """Give all that a request could have changed."""
    workspace, carrier = sim.workspace, sim.carrier
    platform = [workspace.activity(1000), workspace.profiles(), workspace.senders(), workspace.policy, workspace.region]
    return [*platform, carrier.messages(), carrier.numbers(), carrier.services(), sim.faults.plans]


def test_nothing_changes_without_the_token_or_for_another_sites_page(sim: Simulator) -> None:
    before = kept(sim)
    cookie = {"Cookie": f"inbound_token_{sim.url.rpartition(':')[2]}={sim.token}"}
    attempts = (
        {},
        {"X-Inbound-Token": "wrong"},
        {"Cookie": "inbound_token=wrong; inbound_token_80=" + sim.token},
        {**cookie, "Origin": "http://evil.example"},
        {**cookie, "Origin": "null"},
        {**cookie, "Origin": "http://["},
        {**cookie, "Origin": sim.url + "/people"},
        {**cookie, "Origin": sim.url.replace("127.0.0.1", "localhost")},
        {**cookie, "Sec-Fetch-Site": "cross-site"},
        {**cookie, "Sec-Fetch-Site": "same-site"},
    )
    paths = posts(sim)
    assert len(paths) >= 4
    for path in paths:
        for headers in attempts:
            form = {"body": "hello", "id": "eve", "to": sim.carrier.numbers()[0].phone_number}
            answer = requests.post(sim.url + path, data=form, headers=headers, timeout=10, allow_redirects=False)
            assert answer.status_code == 403, (path, headers)
    assert kept(sim) == before


def test_reading_an_address_never_changes_anything(sim: Simulator) -> None:
    before = kept(sim)
    for path in posts(sim):
        assert requests.get(sim.url + path, timeout=10, allow_redirects=False).status_code in (404, 405, 200), path
    for path in posts(sim):
        if path.startswith("/handsets/"):
            assert requests.get(sim.url + path, timeout=10).status_code == 405
    assert kept(sim) == before


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(sim: Simulator) -> None:
    answer = requests.get(f"{sim.url}/open?token={sim.token}", timeout=10, allow_redirects=False)

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert sim.token not in answer.text
    assert sim.token not in answer.headers["Location"]


def test_a_wrong_token_opens_nothing_and_is_not_repeated(sim: Simulator) -> None:
    answer = requests.get(f"{sim.url}/open?token=guess%3Cb%3E", timeout=10)

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert "guess" not in answer.text


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_no_address_leads_away_from_the_page(sim: Simulator, there: str) -> None:
    opened = requests.get(
        f"{sim.url}/open", params={"token": sim.token, "next": there}, timeout=10, allow_redirects=False
    )
    chosen = requests.post(
        f"{sim.url}/preferences", data={"theme": "dark", "back": there}, timeout=10, allow_redirects=False
    )

    assert opened.headers["Location"] == "/"
    assert chosen.headers["Location"] == "/"


def test_markup_in_names_bodies_numbers_and_searches_is_text(sim: Simulator) -> None:
    with start() as other:
        other.workspace.identify(MARKUP[:150], {"phone": ANA, MARKUP: MARKUP, "list": [MARKUP]})
        other.workspace.identify("eve", {"phone": MARKUP})
        other.text(ANA, MARKUP)
        other.text("+12025550102", MARKUP)
        found = other.search("alert")
        paths = [
            "/everything",
            f"/handsets/{ANA}",
            f"/messages/{found[0].sid}",
            "/wire/webhook-1",
            "/people",
            "/people/eve",
            f"/people/{requests.utils.quote(MARKUP[:150], safe='')}",
            "/anonymous",
            "/activity",
            f"/everything?q={requests.utils.quote('x ' + MARKUP)}",
            f"/everything?q=is:{requests.utils.quote(MARKUP)}",
            f"/people?q={requests.utils.quote(MARKUP)}",
            f"/handsets/{requests.utils.quote(MARKUP.replace('/', ''))}",
        ]
        for path in paths:
            text = requests.get(other.url + path, timeout=10).text
            assert "<img src=x" not in text, path
            assert "<svg onload" not in text, path
            assert "<script>" not in text, path
            assert "alert(" in html.unescape(text), path


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "some.name"])
@pytest.mark.parametrize("password", [None, "", "short"])
def test_an_address_that_others_can_reach_needs_a_password(host: str, password: str | None) -> None:
    with pytest.raises(UnprotectedError, match="password"):
        start(SimulatorConfig(host=host, password=password))


def test_with_a_password_nothing_is_shown_before_it_and_programs_keep_their_own_ways() -> None:
    with start(SimulatorConfig(host="0.0.0.0", password="correct horse")) as sim:
        sim.text(ANA, "the secret word")
        for path in (*PAGES[:2], "/simulator/log", "/simulator/health"):
            for auth in (None, ("me", "wrong"), ("correct horse", "")):
                answer = requests.get(sim.url + path, auth=auth, timeout=10)
                assert answer.status_code == 401
                assert "secret word" not in answer.text
            assert requests.get(sim.url + path, auth=("me", "correct horse"), timeout=10).status_code == 200
        for path in ("/2010-04-01/Accounts/AC00.json", "/v1/Services", "/v2/Services", "/v3/Channels"):
            assert requests.get(sim.url + path, timeout=10).json()["code"] == 20003, "Twilio's own refusal"
        assert sim.text(ANA, "webhooks still arrive").arrived
        assert requests.get(f"{sim.url}/everything", headers={"Host": "192.0.2.1"}, timeout=10).status_code == 403


@pytest.mark.parametrize("name", ["account_sid", "auth_token"])
def test_what_looks_like_a_live_credential_is_refused_and_not_repeated(name: str) -> None:
    live = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    made_up = Account.new()
    values = {"account_sid": made_up.account_sid, "auth_token": made_up.auth_token}
    values[name] = ("AC" if name == "account_sid" else "") + live

    with pytest.raises(LiveCredentialError, match="real Twilio account") as refused:
        start(SimulatorConfig(account=Account(**values, site_id="site", api_key="key")))
    assert live not in str(refused.value)


def test_who_only_looks_does_not_see_what_lets_a_program_change_things(sim: Simulator) -> None:
    looks = requests.get(f"{sim.url}/setup", timeout=10).text
    changes = requests.get(f"{sim.url}/setup", headers={HEADER: sim.token}, timeout=10).text

    for secret in (sim.account.auth_token, sim.account.api_key):
        assert secret not in looks
        assert secret in changes


@pytest.mark.parametrize("path", ["/simulator/texts", "/simulator/clock"])
def test_json_that_is_too_deep_is_refused_as_any_that_is_none(sim: Simulator, path: str) -> None:
    headers = {HEADER: sim.token, "Content-Type": "application/json"}

    assert requests.post(sim.url + path, "[" * 100_000, headers=headers, timeout=10).status_code == 400


@pytest.mark.parametrize("there", ["http://[", "http://[::1", "http://127.0.0.1:99999/"])
def test_a_redirect_to_what_is_no_address_spoils_no_page(there: str) -> None:
    def application(_: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [f"<Response><Redirect>{there}</Redirect></Response>".encode()]

    with served_on_a_port(application) as url, start() as sim:
        sim.carrier.add_number("+12025550150", sms_url=url)
        message = sim.carrier.text(ANA, "+12025550150", "hello")
        sim.carrier.wait_idle()
        (_, led) = sim.carrier.attempts(message.sid)
        paths = ("/everything", f"/handsets/{ANA}", f"/messages/{message.sid}", f"/wire/webhook-{led.sequence}")
        found = [requests.get(sim.url + path, timeout=10) for path in paths]

    assert [answer.status_code for answer in found] == [200] * 4
    assert there in html.unescape(found[3].text)


@contextmanager
def served_on_a_port(application: Any) -> Iterator[str]:
    """Serve an application of somebody's own on a port of this machine, and give its address."""
    listener = listen("127.0.0.1", 0)
    server = serve_app(application, listener, threads=1)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.stop()


def test_the_credentials_of_api_calls_are_not_kept(sim: Simulator) -> None:
    url = f"{sim.url}/2010-04-01/Accounts/{sim.account.account_sid}/Messages.json"
    requests.get(f"{sim.url}/v3/Channels", timeout=10)
    requests.get(url, auth=(sim.account.account_sid, "5ecret"), headers={"Cookie": "a=5ecret"}, timeout=10)
    page = requests.get(f"{sim.url}/everything", timeout=10).text
    assert "/v3/Channels" in page
    (address, *_) = re.findall(r'href="(/wire/call-\d+)"', page)[::-1]
    shown = requests.get(sim.url + address, timeout=10).text

    assert "Messages.json" in shown
    assert "5ecret" not in shown
    assert "Authorization" not in shown
    assert sim.account.auth_token not in shown


def test_each_simulator_of_a_machine_has_a_cookie_of_its_own() -> None:
    with start() as one, start() as two:
        names = []
        for sim in (one, two):
            with sim.app.test_request_context(base_url=sim.url):
                names.append(cookie_name())
        assert names[0] != names[1]


def test_only_an_import_with_the_token_may_be_large(sim: Simulator) -> None:
    def answer(path: str, headers: dict[str, str]) -> int:
        large = {"file": ("w.gz", b"\0" * 3 * 1024 * 1024)}
        return requests.post(sim.url + path, files=large, headers=headers, timeout=20).status_code

    port = sim.url.rpartition(":")[2]
    assert answer("/control/import", {"X-Inbound-Token": sim.token}) == 400  # it was read: no workspace
    assert answer("/control/import", {"Cookie": f"inbound_token_{port}={sim.token}"}) == 400
    assert answer("/control/import", {"X-Inbound-Token": "wrong"}) == 413
    assert answer("/control/faults", {"X-Inbound-Token": sim.token}) == 413


@pytest.mark.parametrize("path", [p for p in PAGES if not p.startswith("/static")])
def test_another_sites_page_can_link_here_and_load_nothing(sim: Simulator, path: str) -> None:
    for site in ("cross-site", "same-site"):
        for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("cors", "empty"), ("navigate", "iframe")):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
            answer = requests.get(sim.url + path, headers=headers, timeout=10)
            assert (answer.status_code, "secret word" in answer.text) == (403, False), headers
        link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert requests.get(sim.url + path, headers=link, timeout=10).status_code == (403 if path == "/open" else 200)


@pytest.mark.parametrize(
    "address",
    [
        "/everything?before={}",
        f"/handsets/{ANA}?before={{}}",
        "/people?after={}",
        "/anonymous?before={}",
        "/consent?before={}",
        "/activity?before={}",
        "/simulator/messages?before={}",
        "/simulator/log?limit={}",
        "/simulator/changes?wait=0&after={}",
        "/wire/webhook-{}",
        "/wire/call-{}",
        "/messages/{}",
        "/people/{}",
        "/handsets/{}",
        "/everything?q=from:{}",
        "/everything?q=before:{}",
    ],
)
@pytest.mark.parametrize(
    "value", ["1" + "0" * 30, "-1", "-1" + "0" * 30, "nan", "%00", "1%27--", "\u00b2", "../../etc/passwd"]
)
def test_no_address_leads_to_a_mistake_within(sim: Simulator, address: str, value: str) -> None:
    answer = requests.get(sim.url + address.format(value), timeout=10)

    assert answer.status_code in (200, 400, 404)


def test_an_address_with_nothing_is_a_page_for_people_and_a_line_for_programs(sim: Simulator) -> None:
    page = requests.get(f"{sim.url}/<b>nowhere", headers={"Accept": "text/html"}, timeout=10)
    line = requests.get(f"{sim.url}/nowhere", timeout=10)

    assert (page.status_code, line.status_code) == (404, 404)
    assert "To the handsets" in page.text
    assert "<b>nowhere" not in page.text
    assert line.text == "There is nothing at /nowhere.\n"
