"""The pure parts beneath the widgets: conditions as Python, merges, samples, timelines, steps of a reading."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given

from inbound_core import condition_words
from inbound_core.activity import Activity, ActivityKind
from inbound_core.condition_json import condition_from_json, condition_to_json
from inbound_core.conditions import Condition
from inbound_core.phones import read_phone
from inbound_core.profiles import Profile
from inbound_core.value_tests import ConditionError
from simulator.carrier import HandsetMessage
from simulator.carrier.records import Origin, WebhookAttempt
from simulator.lab_session import jupyter_command, shipped_notebooks
from tests.workbench.hostile import MARKUP
from workbench import pages
from workbench.clusters import cluster_of, merge_dry_run
from workbench.condition_rows import Row, condition_of, python_of, typed
from workbench.conversation import counter
from workbench.notebook_files import notebook_paths
from workbench.reading_steps import reading_steps
from workbench.refresh import main as refresh
from workbench.reply_samples import replies, try_replies
from workbench.timeline import Side, timeline

WORDS = {name: getattr(condition_words, name) for name in dir(condition_words)}
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "python"),
    [
        (Row(name="plan", value="pro"), "attribute('plan').equals('pro')"),
        (Row(name="age", operator="at_least", value="18"), "attribute('age').at_least(18)"),
        (Row(name="vip", value="true", negated=True), "~attribute('vip').equals(True)"),
        (Row(name="city", operator="one_of", value="Rome, Paris"), "attribute('city').one_of('Rome', 'Paris')"),
        (Row(name="city", operator="not_exists"), "attribute('city').not_exists()"),
        (Row("replied", value="yes", days=30), "replied('YES').within(days=30)"),
        (Row("replied"), "replied()"),
        (Row("event", "bought"), "event('bought')"),
        (Row("opted_out"), "opted_out()"),
        (Row("opted_in", value="+12025550199"), "opted_in('+12025550199')"),
        (Row("shares", value="3"), "shares_number(3)"),
        (Row("segment", "friends"), "in_segment('friends')"),
    ],
    ids=str,
)
def test_a_row_the_python_it_shows_and_its_json_are_the_same_condition(row: Row, python: str) -> None:
    condition = condition_of([row])

    assert python_of(condition) == python
    assert eval(python, WORDS) == condition
    assert condition_from_json(condition_to_json(condition)) == condition


@pytest.mark.parametrize("every", [True, False])
def test_rows_hold_together_or_any_of_them(every: bool) -> None:
    condition = condition_of([Row(name="a", value="1"), Row("opted_out", negated=True)], every)

    assert eval(python_of(condition), WORDS) == condition


@pytest.mark.parametrize(
    "condition",
    [
        condition_words.event("bought").filtered("amount", at_least=50).exactly(2).within(days=7),
        condition_words.event("bought").never(),
        condition_words.event("bought").at_most(3),
        condition_words.all_of(
            condition_words.any_of(condition_words.replied(), condition_words.opted_out()),
            condition_words.attribute("a").exists(),
        ),
    ],
    ids=str,
)
def test_python_that_is_shown_makes_the_condition_that_it_shows(condition: Condition) -> None:
    assert eval(python_of(condition), WORDS) == condition


def test_nothing_clicked_is_no_condition() -> None:
    with pytest.raises(ConditionError, match="Add a condition first"):
        condition_of([])


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("2.5", 2.5), ("false", False), ('"3"', "3"), (" x ", "x"), ("nan", "nan"), ("٣", "٣")],
)
def test_typed_values_get_the_type_that_they_look_like(text: str, value: object) -> None:
    assert typed(text) == value
    assert type(typed(text)) is type(value)


@pytest.mark.rule("R12")
def test_a_merge_keeps_the_oldests_values_and_names_what_would_be_lost() -> None:
    old = Profile("old", NINE, 2, {"phone": "+14155550101", "city": "Rome"}, "+14155550101")
    new = Profile("new", NINE + timedelta(days=1), 1, {"phone": "415 555 0101", "plan": "pro"}, "+14155550101")
    cluster = cluster_of("+14155550101", [new, old])
    merged = {one.name: (one.value, one.kept_from, one.lost) for one in merge_dry_run(cluster.profiles)}

    assert merged == {
        "phone": ("+14155550101", "old", (("new", "415 555 0101"),)),
        "city": ("Rome", "old", ()),
        "plan": ("pro", "new", ()),
    }


def test_the_same_seed_writes_the_same_replies() -> None:
    assert list(replies(200, seed=3)) == list(replies(200, seed=3))
    assert list(replies(200, seed=3)) != list(replies(200, seed=4))


def test_looser_punctuation_catches_more_who_want_out() -> None:
    strict, loose = (try_replies(replies(2_000), ("en",), switch) for switch in (False, True))

    assert sum(loose.missed.values()) < sum(strict.missed.values())
    assert strict.replies == 2_000
    assert all(action > 0 for action in (strict.opted_out, strict.opted_in, strict.helped))


def test_one_moment_is_told_in_the_order_of_the_messages_way() -> None:
    message = HandsetMessage("SM1", "+1", "+2", "+1", "+2", False, Origin.HANDSET, "hi", "received", NINE)
    answer = HandsetMessage("SM2", "+2", "+1", "+1", "+2", True, Origin.TWILIO, "bye", "delivered", NINE)
    activity = Activity(ActivityKind.MESSAGE_RECEIVED, NINE, "ana wrote", message_sid="SM1")

    assert [entry.side for entry in timeline([answer, message], [], [activity], {})] == [
        Side.HANDSET,
        Side.TWILIO,
        Side.PLATFORM,
    ]


def test_a_webhook_is_told_before_what_it_set_off_also_where_it_is_noted_when_answered() -> None:
    message = HandsetMessage("SM1", "+1", "+2", "+1", "+2", False, Origin.HANDSET, "hi", "received", NINE)
    later = NINE + timedelta(milliseconds=9)
    attempt = WebhookAttempt(
        "SM1", "inbound", "POST", "http://127.0.0.1/in", {}, (), "", 200, {}, "", None, "", later, 0.01
    )
    activities = [
        Activity(ActivityKind.MESSAGE_RECEIVED, NINE + timedelta(milliseconds=ms), "ana wrote", message_sid="SM1")
        for ms in (5, 6)
    ]

    assert [entry.side for entry in timeline([message], [attempt], activities, {})] == [
        Side.HANDSET,
        Side.TWILIO,
        Side.PLATFORM,
        Side.PLATFORM,
    ]


@pytest.mark.parametrize(
    ("text", "region", "titles"),
    [
        (None, "US", ["What stands there"]),
        ("555-123-4567", "US", ["What stands there", "Region", "E.164 (R8)", "Possible", "Valid"]),
        ("14155550102.0", "US", ["What stands there", "Region", "E.164 (R8)", "Possible", "Repair"]),
        (
            "\u202a+14155550101",
            "US",
            ["What stands there", "Hidden in it", "Region", "E.164 (R8)", "Possible", "Valid"],
        ),
    ],
)
def test_a_reading_is_told_step_by_step(text: str | None, region: str, titles: list[str]) -> None:
    assert [step.title for step in reading_steps(read_phone(text, region), region)] == titles


@given(...)
def test_any_text_can_be_read_in_steps_and_counted(text: str) -> None:
    shown = pages.table((), [(step.found,) for step in reading_steps(read_phone(text), "US")])

    assert "<img" not in shown
    assert " SMS" in counter(text)


@given(...)
def test_pages_show_any_text_and_never_as_markup(text: str) -> None:
    made = pages.element("p", text, MARKUP, title=text)

    assert "<img" not in made
    assert made.count("<") == 2


def test_refresh_tells_of_a_notebook_that_would_change(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shipped = next(path for path in notebook_paths(shipped_notebooks()) if path.name.startswith("04"))
    copy = tmp_path / shipped.name
    text = shipped.read_text(encoding="utf-8")
    damaged = text.replace("“Is anybody there?”", "“Nobody?”")
    copy.write_text(damaged, encoding="utf-8")

    assert refresh(["--check", str(copy)]) == 1
    assert copy.read_text(encoding="utf-8") == damaged
    assert refresh([str(copy)]) == 0
    assert copy.read_text(encoding="utf-8") == text
    assert "refreshed" in capsys.readouterr().out


def test_jupyter_takes_files_that_are_larger_than_its_usual_10_mb() -> None:
    settings = next(part for part in jupyter_command(Path("x"), 8888, browser=False) if "tornado_settings" in part)

    assert ast.literal_eval(settings.split("=", 1)[1])["websocket_max_message_size"] > 100_000_000
