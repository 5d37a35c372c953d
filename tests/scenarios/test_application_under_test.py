"""The awkward cases, against an application in another process that is written with nothing of ours."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.scenarios import load_text, play
from simulator.scenarios.playing import Verdict, WorldConfig
from simulator.scenarios.world import seeded_account

PROGRAM = Path(__file__).with_name("application_under_test.py")

HEAD = """\
version: 1
seed: application
senders:
  news: {number: "+12025550199"}
people:
  ana: {number: "+12025550101", profile: false}
steps:
"""

Against = Callable[..., Verdict]


@pytest.fixture
def against() -> Iterator[Against]:
    """Play steps against a fresh application, which knows the account by the scenario's seed."""
    running: list[subprocess.Popen[str]] = []
    account = seeded_account("application")

    def run(steps: str, *options: str) -> Verdict:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        arguments = [account.account_sid, account.auth_token, f"http://127.0.0.1:{port}", *options]
        program = subprocess.Popen([sys.executable, "-I", str(PROGRAM), *arguments], stdout=subprocess.PIPE, text=True)
        running.append(program)
        assert program.stdout is not None
        url = f"http://127.0.0.1:{int(program.stdout.readline())}/sms"
        return play(load_text(HEAD + steps, "x.scenario.yaml")[0], WorldConfig(True, port, url))

    yield run
    for program in running:
        program.kill()
        program.communicate()


DUPLICATE = """\
  - fault: {hop: webhook, kind: duplicate, copies: 3, delay: 2s}
  - ana.says: JOIN
  - advance: 10s
  - expect_webhook: {of: ana, status: 200, count: 3}
  - expect: {to: ana, match: Welcome to the club, by: application, count: 1}
"""

RATE_LIMIT = """\
  - fault: {hop: api, kind: rate_limit, first: 1}
  - ana.says: LATER
  - expect: {to: ana, match: Now it is later, by: platform, count: 1}
  - expect_fault: {hop: api, kind: rate_limit, count: 1}
"""


def test_it_answers_in_twiml_and_through_the_rest_api(against: Against):
    verdict = against(
        "  - ana.says: JOIN\n  - expect: {to: ana, match: Welcome to the club, by: application, count: 1}\n"
        "  - ana.says: LATER\n  - expect: {to: ana, match: Now it is later, by: platform}\n"
    )

    assert verdict.passed, verdict.report()


def test_a_webhook_delivered_three_times_is_answered_once(against: Against):
    verdict = against(DUPLICATE)

    assert verdict.passed, verdict.report()


def test_an_application_that_answers_each_delivery_is_found_out(against: Against):
    report = against(DUPLICATE, "careless").report()

    assert "Expected 1 message(s) to ana" in report
    assert "Fitting: 3." in report


def test_an_api_that_limits_is_asked_again(against: Against):
    verdict = against(RATE_LIMIT)

    assert verdict.passed, verdict.report()


def test_an_application_that_does_not_ask_again_is_found_out(against: Against):
    assert "Fitting: 0." in against(RATE_LIMIT, "careless").report()


def test_a_wrong_signature_is_refused_and_seen_on_the_carrier_side(against: Against):
    verdict = against(
        "  - fault: {hop: webhook, kind: bad_signature, nth: 1}\n  - ana.says: JOIN\n"
        "  - expect_webhook: {of: ana, status: 403, error: 11200, count: 1}\n"
        "  - expect: {to: ana, count: 0}\n"
    )

    assert verdict.passed, verdict.report()


def test_an_answer_after_the_timeout_is_lost_although_the_application_did_its_work(against: Against):
    verdict = against(
        "  - fault: {hop: webhook, kind: timeout, nth: 1}\n  - ana.says: JOIN\n"
        "  - expect_webhook: {of: ana, status: null, error: 11205}\n"
        "  - expect: {to: ana, count: 0}\n"
        "  - ana.says: JOIN\n  - expect: {to: ana, match: Welcome to the club, count: 1}\n"
    )

    assert verdict.passed, verdict.report()


def test_a_stop_in_between_holds_back_what_the_application_sends_later(against: Against):
    verdict = against(
        "  - ana.says: STOP\n  - expect: {to: ana, match: /unsubscribed/, by: twilio}\n"
        "  - ana.says: JOIN\n  - ana.says: LATER\n  - expect: {to: ana, count: 0}\n"
        "  - expect_consent: {of: ana, state: opted_out, side: carrier}\n"
    )

    assert verdict.passed, verdict.report()
