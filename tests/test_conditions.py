"""Conditions: what they mean for one profile, how they read, and how they refuse what cannot be meant."""

from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from inbound_core.condition_json import (
    condition_from_json,
    condition_from_text,
    condition_schema,
    condition_to_json,
    condition_to_text,
)
from inbound_core.condition_words import (
    all_of,
    any_of,
    attribute,
    event,
    in_segment,
    none_of,
    opted_in,
    opted_out,
    replied,
    shares_number,
)
from inbound_core.conditions import Condition
from inbound_core.consent import ConsentChange, ConsentLedger, ConsentState
from inbound_core.evaluation import Facts, evaluate
from inbound_core.events import INBOUND_SMS, Event
from inbound_core.profiles import Profile
from inbound_core.value_tests import ConditionError
from tests.made_conditions import NOW, conditions
from tests.stores import SENDER, SERVICE

ANA = "+12025550101"


def facts(
    attributes: dict[str, Any] | None = None,
    events: tuple[Event, ...] = (),
    consent: tuple[ConsentChange, ...] = (),
    sharing: int = 1,
    lists: tuple[str, ...] = (),
) -> Facts:
    profile = Profile("ana", NOW, 1, attributes or {}, ANA, "ready")
    return Facts(profile, NOW, events, ConsentLedger(consent), sharing, frozenset(lists))


def reply(keyword: str, days_ago: float, sender: str = SENDER, body: str = "") -> Event:
    data = {"keyword": keyword, "body": body or keyword, "sender": sender}
    at = NOW - timedelta(days=days_ago)
    return Event(f"{keyword}-{days_ago}", INBOUND_SMS, at, "ana", data)


def change(state: ConsentState, sender: str, days_ago: float) -> ConsentChange:
    return ConsentChange(ANA, sender, state, NOW - timedelta(days=days_ago), "keyword")


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        pytest.param(attribute("plan").equals("pro"), "pro", True, id="the same text"),
        pytest.param(attribute("plan").equals("pro"), "PRO", False, id="equals minds the case"),
        pytest.param(attribute("plan").equals("42"), 42, False, id="text is no number"),
        pytest.param(attribute("plan").equals(1), True, False, id="true is not 1"),
        pytest.param(attribute("plan").equals(1), 1.0, True, id="1.0 is 1"),
        pytest.param(attribute("plan").equals("pro"), ["pro"], False, id="a list is not what is in it"),
        pytest.param(attribute("plan").not_equals("pro"), None, True, id="nothing is not pro"),
        pytest.param(attribute("plan").exists(), False, True, id="false is there"),
        pytest.param(attribute("plan").exists(), None, False, id="nothing is not there"),
        pytest.param(attribute("plan").not_exists(), None, True, id="nothing does not exist"),
        pytest.param(attribute("plan").contains("RO"), "pro", True, id="contains ignores the case of A to Z"),
        pytest.param(attribute("plan").contains("É"), "é", False, id="but not of other letters"),
        pytest.param(attribute("plan").not_contains("x"), None, True, id="nothing contains nothing"),
        pytest.param(attribute("plan").one_of("free", "pro", 3), 3, True, id="one of several types"),
        pytest.param(attribute("plan").not_one_of("free", "pro"), "pro", False, id="not one of"),
        pytest.param(attribute("plan").at_least(3), 3, True, id="at least is inclusive"),
        pytest.param(attribute("plan").greater_than(3), 3, False, id="greater than is not"),
        pytest.param(attribute("plan").less_than("b"), "a", True, id="texts have an order"),
        pytest.param(attribute("plan").at_most(3), None, False, id="nothing is not small"),
        pytest.param(attribute("plan").matches("PRO-?"), "pro-1", True, id="a question mark is one character"),
        pytest.param(attribute("plan").matches("pro"), "pro-1", False, id="a pattern is for the whole text"),
        pytest.param(attribute("plan").matches("[a]*"), "a", False, id="brackets are themselves"),
        pytest.param(attribute("plan").not_matches("p*"), "basic", True, id="not matches"),
    ],
)
def test_an_attribute_is_compared_with_its_own_type_only(condition: Condition, value: Any, holds: bool) -> None:
    given_attributes = {} if value is None else {"plan": value}

    assert evaluate(condition, facts(given_attributes), {}).holds is holds


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        pytest.param(replied(), True, id="wrote at all"),
        pytest.param(replied("yes"), True, id="wrote the keyword in any case"),
        pytest.param(replied("no"), False, id="wrote another keyword"),
        pytest.param(replied("yes").within(days=30), True, id="on the edge of the window"),
        pytest.param(replied("yes").within(days=29, hours=23), False, id="before the window"),
        pytest.param(replied("yes").at_least(2), True, id="twice"),
        pytest.param(replied("yes").at_least(3), False, id="not three times"),
        pytest.param(replied("yes").exactly(1).within(days=30), True, id="once in the window"),
        pytest.param(replied("yes").at_most(1), False, id="more than once"),
        pytest.param(replied("no").never(), True, id="never"),
        pytest.param(replied("yes").never().within(days=10), True, id="never in the window"),
        pytest.param(replied("yes").never().since(NOW - timedelta(days=31)), False, id="not since"),
        pytest.param(replied("yes").to(SERVICE), True, id="to one sender"),
        pytest.param(replied("yes").to(SERVICE).at_least(2), False, id="only once to that sender"),
        pytest.param(replied().filtered("body", contains="PLEASE"), True, id="by a part of the body"),
        pytest.param(event("bought"), False, id="another event"),
    ],
)
def test_events_count_in_their_window(condition: Condition, holds: bool) -> None:
    history = (reply("YES", 30), reply("YES", 40, SERVICE), reply("", 50, body="yes please"))

    assert evaluate(condition, facts(events=history), {}).holds is holds


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        pytest.param(opted_out(), True, id="of any sender"),
        pytest.param(opted_out(SENDER), False, id="lifted for this one"),
        pytest.param(opted_in(SENDER), True, id="opted in again"),
        pytest.param(opted_out(SERVICE), True, id="still out of this one"),
        pytest.param(opted_in(), True, id="in to any"),
        pytest.param(opted_out("+12025550150"), False, id="never said to that one"),
    ],
)
def test_consent_is_the_last_word_to_a_sender(condition: Condition, holds: bool) -> None:
    out, into = ConsentState.OPTED_OUT, ConsentState.OPTED_IN
    ledger = (change(out, SENDER, 5), change(out, SERVICE, 4), change(into, SENDER, 3))

    assert evaluate(condition, facts(consent=ledger), {}).holds is holds


def test_and_or_not_lists_and_segments_combine() -> None:
    catalogue = {"vip": None, "pros": attribute("plan").equals("pro")}
    person = facts({"plan": "pro"}, sharing=3, lists=("vip",))

    for holding in (
        in_segment("vip") & in_segment("pros"),
        any_of(replied(), shares_number(3)),
        none_of(replied(), opted_out()),
        all_of(~replied(), in_segment("pros")),
    ):
        assert evaluate(holding, person, catalogue).holds
        assert not evaluate(~holding, person, catalogue).holds


def test_a_profile_without_a_number_shares_none_and_opted_out_of_nothing() -> None:
    nobody = Facts(Profile("ana", NOW, 1), NOW)

    for condition in (shares_number(), opted_out(), opted_in()):
        assert not evaluate(condition, nobody, {}).holds
        assert evaluate(~condition, nobody, {}).holds


def test_a_verdict_says_what_failed_and_what_was_found() -> None:
    condition = attribute("plan").equals("pro") & replied("yes").within(days=30) & attribute("age").at_least(18)
    verdict = evaluate(condition, facts({"plan": "pro", "age": "42"}, (reply("NO", 3), reply("YES", 31))), {})

    assert not verdict.holds
    assert "the last was at 2026-01-29" in verdict.reason
    assert "age is '42', which is text and not number" in verdict.reason
    assert "plan" not in verdict.reason
    assert str(verdict).splitlines()[1] == "  yes plan equals 'pro': plan is 'pro'"
    assert "<li>" in verdict._repr_html_()


def test_a_verdict_names_the_property_that_differs_in_the_last_event() -> None:
    verdict = evaluate(replied("yes"), facts(events=(reply("", 1, body="yes please"),)), {})

    assert verdict.reason == "no such event; in the last one keyword is ''"


def test_a_verdict_does_not_repeat_a_long_value_to_its_end() -> None:
    verdict = evaluate(attribute("notes").contains("y"), facts({"notes": "x" * 100_000}), {})

    assert verdict.reason == f"notes is '{'x' * 199}..."


@given(condition=conditions(("vip",)))
@settings(deadline=None)
def test_json_round_trips_and_meets_the_schema(condition: Condition) -> None:
    plain = condition_to_json(condition)

    jsonschema.validate(plain, condition_schema(), cls=jsonschema.Draft202012Validator)
    assert condition_from_json(plain) == condition
    assert condition_from_text(condition_to_text(condition)) == condition
    assert str(condition)


PLAN = {"attribute": {"field": "plan", "operator": "equals", "value": "pro"}}


@pytest.mark.parametrize(
    ("plain", "place", "says"),
    [
        pytest.param([], "", "one of and, or, not", id="a list is no condition"),
        pytest.param({}, "", "one of and, or, not", id="nor is nothing"),
        pytest.param({"nor": []}, "", "'nor' is no kind", id="unknown kind"),
        pytest.param({"and": []}, "and", "at least one", id="and of nothing"),
        pytest.param(
            {"and": [PLAN, {"not": {"attribute": {}}}]}, "and[1].not.attribute", "'field' is missing", id="deep"
        ),
        pytest.param(
            {"attribute": {"field": "plan", "operator": "like", "value": "x"}},
            "attribute.operator",
            "'like' is no operator. Choose one of: equals",
            id="unknown operator",
        ),
        pytest.param(
            {"attribute": {"field": "age", "operator": "at_least", "value": True}},
            "attribute.value",
            "True is boolean",
            id="comparing with true",
        ),
        pytest.param(
            {"attribute": {"field": "age", "operator": "one_of", "value": [1, None]}},
            "attribute.value[1]",
            "None is nothing",
            id="one of nothing",
        ),
        pytest.param(
            {"attribute": {"field": "age", "operator": "exists", "value": 1}},
            "attribute.value",
            "takes no value",
            id="exists with a value",
        ),
        pytest.param(
            {"attribute": {"field": "a", "operator": "matches", "value": "*" * 9}},
            "attribute.value",
            "more than 8 stars",
            id="a pattern that would be slow",
        ),
        pytest.param(
            {"attribute": {"field": 'a"b', "operator": "exists"}}, "attribute.field", "quotation mark", id="odd name"
        ),
        pytest.param(
            {"attribute": {"field": "age", "operator": "equals", "value": 1e999}},
            "attribute.value",
            "a store can hold",
            id="infinity",
        ),
        pytest.param(
            {"attribute": {"field": "age", "operator": "equals", "value": 10**400}},
            "attribute.value",
            "a store can hold",
            id="a whole number beyond a float",
        ),
        pytest.param(
            {"event": {"name": "inbound_sms", "within": {"days": 0}}},
            "event.within",
            "A window of zero",
            id="a window of zero",
        ),
        pytest.param(
            {"event": {"name": "x", "within": {"days": 40_000}}}, "event.within", "more than 36500", id="too long"
        ),
        pytest.param(
            {"event": {"name": "x", "within": {"months": 1}}}, "event.within", "'months' is not known", id="months"
        ),
        pytest.param({"event": {"name": "x", "within": {"days": "3"}}}, "event.within.days", "'3' is no", id="text"),
        pytest.param(
            {"event": {"name": "x", "times": {"at_least": 0}}}, "event.times", "holds for everybody", id="always"
        ),
        pytest.param(
            {"event": {"name": "x", "times": {"at_least": 3, "at_most": 2}}}, "event.times", "Nobody", id="never"
        ),
        pytest.param(
            {"event": {"name": "x", "times": {"at_least": -1}}}, "event.times.at_least", "-1 is no number", id="minus"
        ),
        pytest.param(
            {"event": {"name": "x", "times": {"at_least": None}}}, "event.times.at_least", "None is no", id="no number"
        ),
        pytest.param({"event": {"name": "x", "since": "May"}}, "event.since", "'May' is no time", id="no time"),
        pytest.param(
            {"event": {"name": "x", "since": "0001-01-01T00:00:00+10:00"}},
            "event.since",
            "outside the calendar",
            id="before all years",
        ),
        pytest.param(
            {"event": {"name": "x", "since": "2026-03-01T12:00:00"}}, "event.since", "no time zone", id="no zone"
        ),
        pytest.param(
            {"event": {"name": "x", "where": [{"field": "b", "operator": "contains", "value": 3}]}},
            "event.where[0].value",
            "needs a text",
            id="in a filter",
        ),
        pytest.param({"consent": {"state": "unset"}}, "consent.state", "no choice", id="no consent state"),
        pytest.param({"shared_number": {"at_least": 1}}, "shared_number.at_least", "starts at 2", id="sharing alone"),
        pytest.param({"segment": {"name": " "}}, "segment.name", "A name is needed", id="no name"),
        pytest.param({"segment": {"id": 7}}, "segment", "'id' is not known", id="by number"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_place(plain: Any, place: str, says: str) -> None:
    with pytest.raises(ConditionError) as refused:
        condition_from_json(plain)

    assert refused.value.place == place
    assert says in str(refused.value)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "9" * 5000, '{"not": ' * 40 + "{}" + "}" * 40])
def test_text_that_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ConditionError, match=r"no JSON|nested deeper"):
        condition_from_text(text)


def test_a_name_that_is_there_twice_is_refused_and_not_one_of_the_two_taken() -> None:
    plan = '{"attribute": {"field": "plan", "operator": "equals", "value": "pro", "value": "free"}}'

    with pytest.raises(ConditionError, match="'value' is there twice"):
        condition_from_text(plan)


def test_a_condition_of_too_many_questions_is_refused() -> None:
    with pytest.raises(ConditionError, match="501 questions"):
        condition_from_json({"or": [PLAN] * 501})


def test_an_event_of_too_many_tests_is_refused() -> None:
    test = {"field": "body", "operator": "contains", "value": "x"}

    with pytest.raises(ConditionError, match=r"At event\.where: 51 tests"):
        condition_from_json({"event": {"name": "inbound_sms", "where": [test] * 51}})


def test_the_words_refuse_what_cannot_be_meant_at_once() -> None:
    with pytest.raises(ConditionError, match="not one word"):
        replied("yes please")
    with pytest.raises(ConditionError, match="window of zero"):
        replied("yes").within(days=0)
    with pytest.raises(ConditionError, match="whole seconds"):
        event("x").within(seconds=1.5)
    with pytest.raises(ConditionError, match="no operator"):
        event("x").filtered("amount", above=3)
    with pytest.raises(ConditionError, match="no time zone"):
        event("x").since(datetime(2026, 1, 1))  # noqa: DTZ001
    for span in ({"months": 1}, {"days": 1e300}, {"days": float("nan")}, {"days": "3"}):
        with pytest.raises(ConditionError, match="no length of time"):
            replied().within(**span)  # type: ignore[arg-type]
    with pytest.raises(ConditionError, match="datetime with its zone"):
        event("x").since("2026-01-01")  # type: ignore[arg-type]
