"""The commands about segments and campaigns: the same answers in the terminal, as text and as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from inbound_core import Sender, Workspace
from inbound_core.errors import InboundError
from simulator.commands.campaigns import campaigns
from simulator.commands.segments import segments
from simulator.commands.why import why
from tests.stores import SENDER, inbound

ANA, BOB = "+12025550101", "+12025550102"
YES = '{"event": {"name": "inbound_sms", "where": [{"field": "keyword", "operator": "equals", "value": "YES"}]}}'
CAMPAIGN = {
    "name": "updates",
    "trigger": {"keyword": {"words": ["YES"]}},
    "follow_ups": [{"template": "Hi {{ profile.id }}"}],
}

Run = Callable[..., Result]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    with Workspace.open(f"sqlite:///{tmp_path / 'platform.db'}") as workspace:
        workspace.add_sender(Sender(SENDER))
        workspace.identify("ana", {"phone": ANA, "plan": "pro"})
        workspace.identify("ann", {"phone": ANA, "plan": "pro"})
        workspace.identify("bob", {"phone": BOB})
    return tmp_path


@pytest.fixture
def run(place: Path) -> Run:
    def call(command: Any, *arguments: str, text: str | None = None) -> Result:
        environment = {"INBOUND_WORKSPACE": str(place)}
        return CliRunner().invoke(command, arguments, input=text, env=environment)

    return call


def receive(place: Path, body: str, phone: str) -> str:
    with Workspace.open(f"sqlite:///{place / 'platform.db'}") as workspace:
        message = inbound(body, phone, at=workspace.now())
        workspace.receive(message)
    return message.message_sid


def test_a_segment_is_saved_filled_and_explained(run: Run, place: Path) -> None:
    assert "There are no segments yet" in run(segments, "list").output
    saved = run(segments, "save", "said yes", "--condition", YES)
    assert saved.output.strip().endswith("0 entered, 0 left.")
    receive(place, "yes", ANA)

    listed = json.loads(run(segments, "list", "--json").output)
    assert [(row["name"], row["count"], row["kind"]) for row in listed] == [("said yes", 1, "data-driven")]
    assert run(segments, "members", "said yes").output.splitlines()[0] == "ana"
    told = run(why, "bob", "said yes")
    assert told.output.startswith("no  sent a message where keyword equals 'YES'")
    assert json.loads(run(why, "ana", "said yes", "--json").output)["holds"] is True


def test_a_message_tells_whom_it_moved(run: Run, place: Path) -> None:
    run(segments, "save", "said yes", "--condition", YES)
    message_sid = receive(place, "yes", ANA)

    assert "R1   ana entered said yes: +12025550101 wrote 'yes'" in run(why, message_sid).output
    assert len(json.loads(run(why, message_sid, "--json").output)["moves"]) == 1


def test_a_condition_is_previewed_compared_and_played_with(run: Run) -> None:
    pros = '{"attribute": {"field": "plan", "operator": "equals", "value": "pro"}}'
    preview = run(segments, "preview", "--file", "-", text=pros)
    assert "2 in the segment" in preview.output
    assert f"{ANA} gets 2 messages" in preview.output

    run(segments, "save", "pros", "--condition", pros)
    assert json.loads(run(segments, "diff", "pros", YES, "--json").output)["only_first"] == 2
    what_if = json.loads(run(segments, "what-if", "pros", "--condition", YES, "--json").output)
    assert (what_if["entering"], what_if["leaving"]) == (0, 2)
    assert run(segments, "what-if", "pros", "--days", "30").output.splitlines() == [
        "What if 30 days passed: pros keeps 2.",
        "  0 would enter.",
        "  0 would leave.",
    ]
    assert run(segments, "diff", "pros", pros).output.splitlines()[1:] == ["0 only in pros.", f"0 only in {pros}."]
    for wrong in (("what-if", "pros"), ("what-if", "pros", "--days", "nan"), ("preview", "pros", "--condition", pros)):
        assert run(segments, *wrong).exit_code == 2


@pytest.mark.parametrize("command", [("save", "pros"), ("preview",), ("what-if", "said yes")])
def test_a_condition_in_plain_words_is_answered_with_what_one_looks_like(run: Run, command: tuple[str, ...]) -> None:
    run(segments, "save", "said yes", "--condition", YES)

    with pytest.raises(InboundError, match=r'A condition looks like {"attribute"'):
        raise run(segments, *command, "--condition", "plan = pro").exception or AssertionError


def test_a_manual_segment_is_kept_by_hand(run: Run) -> None:
    run(segments, "save", "vip", "--manual")
    assert run(segments, "add", "vip", "ana", "bob").output.count("entered vip") == 2
    run(segments, "remove", "vip", "ana")
    assert run(segments, "members", "vip").output.splitlines()[0] == "bob"
    assert run(segments, "delete", "vip").output == "Deleted vip.\n"
    with pytest.raises(InboundError, match="no segment 'vip'"):
        raise run(segments, "members", "vip").exception or AssertionError


def test_the_schema_of_conditions_is_printed(run: Run) -> None:
    assert json.loads(run(segments, "schema").output)["title"] == "Condition"


def test_a_campaign_is_saved_set_off_run_and_reported(run: Run, place: Path) -> None:
    assert "There are no campaigns yet" in run(campaigns, "list").output
    assert "both fire" not in run(campaigns, "save", "-", text=json.dumps(CAMPAIGN)).output
    second = run(campaigns, "save", "-", text=json.dumps({**CAMPAIGN, "name": "more"}))
    assert "Conflict: more and updates: both fire on YES on every sender." in second.output
    assert run(campaigns, "delete", "more").output == "Deleted more.\n"
    assert "to ana: 'Hi ana'" in run(campaigns, "preview", "updates").output

    fired, not_fired = receive(place, "YES", BOB), receive(place, "yes please", BOB)
    done = run(campaigns, "run")

    assert "queued   +12025550102  Hi bob" in done.output
    assert json.loads(run(campaigns, "report", "updates", "--json").output)["queued"] == 1
    assert "it fired for bob" in run(why, fired, "updates").output
    assert "a keyword is the whole message" in run(why, not_fired, "updates").output
    assert "R19" in run(why, fired).output
    assert "(paused)" in run(campaigns, "pause", "updates").output
    assert "(paused)" not in run(campaigns, "resume", "updates").output
    assert json.loads(run(campaigns, "list", "--json").output)["conflicts"] == []
