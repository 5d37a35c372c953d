"""Playing: the shipped scenarios hold, give the same bytes every time, and fail so that a newcomer understands."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from inbound_core.profiles import Profile, Resolution
from simulator.scenarios import Scenario, load, load_text, play, playing
from simulator.scenarios.loading import shipped
from simulator.scenarios.world import World, WorldConfig

STORIES = [pytest.param(story, id=story.name) for path in shipped() for story in load(path)]

HEAD = """\
version: 1
people:
  ana: {number: "+12025550101"}
  bob: {number: "+12025550102"}
steps:
"""


def failure_of(steps: str, head: str = HEAD) -> str:
    verdict = play(load_text(head + steps, "x.scenario.yaml")[0])
    assert not verdict.passed
    return verdict.report()


@pytest.mark.parametrize("story", STORIES)
def test_every_shipped_scenario_passes_and_gives_the_same_bytes_twice(story: Scenario):
    first, second = play(story), play(story)

    assert first.passed, first.report()
    assert first.checks > 0
    assert first.trace == second.trace


def test_the_shipped_scenarios_hold_every_rule_but_those_of_the_set_up_and_of_campaigns():
    held = {rule for path in shipped() for story in load(path) for rule in story.rules}

    assert held >= {f"R{n}" for n in range(1, 25)} - {"R3", "R8", "R13"}


DIGESTS = """
import hashlib
from simulator.scenarios import load, play
from simulator.scenarios.loading import shipped

for path in shipped():
    trace = "".join(play(story).trace for story in load(path))
    print(path.name, hashlib.sha256(trace.encode()).hexdigest())
"""


def digests_in_another_process(hash_seed: str) -> dict[str, str]:
    made = subprocess.run(
        [sys.executable, "-c", DIGESTS],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split() for line in made.stdout.splitlines())


def test_another_process_with_another_hash_seed_gives_the_same_bytes_for_every_shipped_scenario():
    assert digests_in_another_process("1") == {
        path.name: hashlib.sha256("".join(play(story).trace for story in load(path)).encode()).hexdigest()
        for path in shipped()
    }


def test_another_seed_gives_other_sids_and_the_same_verdict():
    (story,) = load_text(HEAD + "  - ana.says: hello\n  - expect_reply: {of: ana, attributed_to: ana}\n")
    one, two = play(story), play(story.changed(seed="other"))

    assert one.passed
    assert two.passed
    assert one.trace != two.trace


@pytest.mark.parametrize("name", ["shared_number_stop", "outage", "duplicate_webhook", "late_receipt"])
def test_a_scenario_holds_over_real_http_as_in_process(name: str):
    (path,) = [path for path in shipped() if path.name.startswith(f"{name}.")]
    for story in load(path):
        over_http = play(story, WorldConfig(over_http=True))

        assert over_http.passed, over_http.report()
        assert over_http.transcript == play(story).transcript


def newest_instead_of_oldest(phone: str, profiles: tuple[Profile, ...], *more: object) -> Resolution:
    sharing = tuple(sorted(profiles, key=lambda profile: profile.created_at, reverse=True))
    return Resolution(sharing[0] if sharing else None, sharing, "R12", "The newest was chosen.")


@pytest.mark.rule("R12")
def test_a_broken_rule_makes_its_scenario_fail_in_words_for_a_newcomer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("inbound_core.inbound.resolve_profile", newest_instead_of_oldest)
    (path,) = [path for path in shipped() if path.name.startswith("shared_number_oldest.")]
    (story,) = load(path)
    report = play(story).report()

    assert f"{path}:11: expect_reply failed." in report
    assert (
        "bea's message 'Yes please': the profile it is attributed to (attributed_to) should be 'ben', but is 'bea'."
        in report
    )
    assert "Rule R12: Several profiles on one number: the message belongs to the oldest" in report
    assert "candidate ben, created 2023-01-01" in report
    assert "handset   bea/ben/bob -> news: Yes please" in report
    assert f"Play it again: inbound play {path}" in report


def test_a_missing_message_is_told_with_what_was_seen_and_what_came_closest():
    report = failure_of(
        "  - news.sends: {to: ana, body: 'Your code is 1234'}\n"
        "  - news.sends: {to: bob, body: Hi}\n"
        "  - expect: {to: ana, match: '/Your code: [0-9]+/', within: 5s}\n"
    )

    assert "x.scenario.yaml:8: expect failed." in report
    assert "Expected a message to ana: '/Your code: [0-9]+/' within 5s. Fitting: 0." in report
    assert "Messages seen: 1 to ana, 1 to bob." in report
    assert "Closest: 09:00:00 ana <- news: 'Your code is 1234'" in report


def test_a_message_that_no_step_expected_fails_the_story():
    report = failure_of("  - news.sends: {to: ana, body: Welcome aboard}\n  - news.sends: {to: bob, body: Hi}\n")

    assert "Unexpected: 2 message(s) that no step expected" in report
    assert "ana <- news: 'Welcome aboard'" in report


def test_a_message_is_used_up_by_the_step_that_expected_it():
    report = failure_of(
        "  - news.sends: {to: ana, body: Hi}\n  - expect: {to: ana, match: Hi}\n  - expect: {to: ana, match: Hi}\n"
    )

    assert ":8: expect failed" in report
    assert "(expected at x.scenario.yaml:7)" in report


def test_too_many_messages_fail_a_count():
    report = failure_of("  - news.sends: {to: [ana, ana], body: Hi}\n  - expect: {to: ana, count: 1}\n")

    assert "Expected 1 message(s) to ana: a message. Fitting: 2." in report


def test_a_message_that_comes_later_than_expected_is_called_too_late():
    report = failure_of(
        "  - reach: {person: ana, state: 'off'}\n"
        "  - news.sends: {to: ana, body: Hi}\n"
        "  - expect: {to: ana, match: Hi, within: 10s}\n"
    )

    assert "Never arrived: 'Hi' is sent" in report


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        pytest.param("  - ana.says: hi\n  - expect_consent: {of: ana, state: opted_out}", "unset", id="consent"),
        pytest.param("  - expect_activity: {kind: opted_out}", "found 0", id="activity"),
        pytest.param("  - ana.says: hi\n  - expect_anonymous: {of: ana}", "has 0", id="anonymous"),
        pytest.param("  - ana.says: hi\n  - expect_webhook: {of: ana, status: 500}", "inbound: 200", id="webhook"),
        pytest.param(
            "  - ana.says: hi\n  - expect_webhook: {of: ana, count: 0}", "Expected 0 webhook(s)", id="no webhook"
        ),
        pytest.param(
            "  - fault: {hop: webhook, kind: slow}\n  - ana.says: hi\n  - expect_fault: {kind: slow, count: 0}",
            "Expected 0 such fault(s); happened: webhook/slow",
            id="no fault",
        ),
        pytest.param("  - fault: {hop: api, kind: hang}\n  - expect_fault: {hop: api}", "happened: none", id="fault"),
        pytest.param(
            "  - news.sends: {to: ana, body: x, refused: opted_out}",
            "should be refused (the number opted out), but was sent",
            id="not refused",
        ),
        pytest.param("  - at: 2020-01-01", "cannot go back", id="back in time"),
        pytest.param("  - delete: ana\n  - delete: ana", "no profile that could be deleted", id="deleted twice"),
        pytest.param(
            "  - ana.says: STOP\n  - expect: {to: ana}\n  - news.sends: {to: ana, body: x}",
            "should be sent, but was not: +12025550101 opted out of news at",
            id="refused",
        ),
    ],
)
def test_what_is_not_as_expected_says_what_it_is_instead(steps: str, words: str):
    assert words in failure_of(steps + "\n")


def test_thirty_days_cost_what_their_events_cost():
    head = HEAD + "  - ana.says: hello\n"
    (short,) = load_text(head + "  - advance: 1m\n")
    (long,) = load_text(head + "  - advance: 3000d\n")

    assert play(long).trace.count("\n") == play(short).trace.count("\n")


WAITING = """\
version: 1
people:
  ana: {number: "+12025550101", attributes: {plan: pro}}
  ben: {number: "+12025550102", persona: {says: JOIN, after: 6h}, attributes: {plan: free}}
segments:
  joined: {event: {name: inbound_sms, where: [{field: keyword, operator: equals, value: JOIN}]}}
  silent: {event: {name: inbound_sms, times: {at_most: 0}, within: {days: 2}}}
campaigns:
  thanks: {trigger: {segment: {name: joined}}, sender: news, follow_ups: [{template: "{{ profile.plan }}, thanks"}]}
  back: {trigger: {segment: {name: silent}}, sender: news, follow_ups: [{template: We miss you, after: {hours: 1}}]}
steps:
  - ana.says: hello
  - news.sends: {to: ben, body: Reply JOIN}
  - expect: {to: ben, match: Reply JOIN, within: 5s}
  - advance: 30d
  - expect: {to: ana, match: We miss you, count: 1}
  - expect: {to: ben, match: "free, thanks", count: 1}
  - expect: {to: ben, match: We miss you, count: 1}
"""


def test_campaigns_and_windows_act_at_their_own_time_however_far_the_clock_is_moved_at_once():
    (story,) = load_text(WAITING)
    verdict = play(story)

    assert verdict.passed, verdict.report()
    sent = [line.partition("  platform  Sent ") for line in verdict.transcript]
    assert [at for at, found, _ in sent if found] == [
        "09:00:00.000",
        "15:00:00.220",
        "+2d 10:00:00.000",
        "+2d 16:00:00.220",
    ]
    assert any(line.startswith("+2d 09:00:00.000  platform  ana entered silent") for line in verdict.transcript)


def test_thirty_days_in_one_step_or_in_many_come_to_the_same():
    def heard(text: str) -> list[str]:
        (story,) = load_text(text)
        return [line for line in play(story).transcript if " <- " in line]

    assert heard(WAITING) == heard(WAITING.replace("  - advance: 30d\n", "  - advance: 1d\n" * 30))


def test_conditions_and_campaigns_name_senders_as_the_scenario_does():
    (story,) = load_text(
        """\
version: 1
people:
  ana: {number: "+12025550101", attributes: {sender: news}}
segments:
  out: {consent: {state: opted_out, sender: alerts}}
  wrote: {event: {name: inbound_sms, where: [{field: sender, operator: one_of, value: [alerts]}]}}
  labelled: {attribute: {field: sender, operator: equals, value: news}}
campaigns:
  thanks:
    trigger: {message: {senders: [news]}}
    filter: {consent: {state: opted_out, sender: alerts}}
    follow_ups: [{template: Noted}]
steps:
  - ana.says: {body: STOP, to: alerts}
  - expect: {to: ana, by: twilio}
  - expect_segment: {name: out, members: [ana]}
  - expect_segment: {name: wrote, members: [ana]}
  - expect_segment: {name: labelled, members: [ana]}
  - ana.says: {body: hello, to: news}
  - expect: {to: ana, match: Noted, from: news, within: 5s}
"""
    )
    verdict = play(story)

    assert verdict.passed, verdict.report()


def told(steps: str) -> list[str]:
    verdict = play(load_text(HEAD + steps)[0])
    assert verdict.passed, verdict.report()
    return list(verdict.transcript)


def test_a_late_receipt_is_told_as_a_receipt_and_not_as_a_second_message():
    lines = told(
        "  - fault: {hop: carrier, kind: late_receipt, delay: 1h}\n"
        "  - news.sends: {to: ana, body: Hi}\n  - expect: {to: ana, match: Hi, status: sent}\n  - advance: 2h\n"
    )

    assert len([line for line in lines if line.endswith("handset   ana <- news: Hi")]) == 1
    assert "10:00:00.220  carrier   the receipt comes: ana has Hi" in lines


@pytest.mark.parametrize("fault", ["kind: timeout", "kind: slow, delay: 20s"])
def test_an_answer_that_is_not_in_time_takes_the_time_that_twilio_waits(fault: str):
    lines = told(f"  - fault: {{hop: webhook, {fault}}}\n  - ana.says: hello\n")

    (line,) = [line for line in lines if "webhook /inbound/sms" in line]
    assert line.startswith("09:00:15.000  carrier   webhook /inbound/sms: no answer, error 11205")


def test_a_story_for_an_application_is_played_over_http_and_else_as_asked_for(monkeypatch: pytest.MonkeyPatch):
    configs: list[WorldConfig] = []

    class Noted(World):
        def __init__(self, scenario: Scenario, config: WorldConfig, *more: Any) -> None:
            configs.append(config)
            super().__init__(scenario, config, *more)

    monkeypatch.setattr(playing, "World", Noted)
    head = HEAD.replace("people:", "application: {url: 'http://127.0.0.1:9/sms'}\npeople:")
    (story,) = load_text(head + "  - expect_nothing: true\n")
    asked = WorldConfig(quiet=True, database_url="sqlite:///:memory:")

    assert play(story, asked).passed
    assert configs == [replace(asked, over_http=True, application_url="http://127.0.0.1:9/sms")]
