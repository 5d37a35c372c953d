"""Templates: what a follow-up can say, and what a template cannot do."""

import time
from typing import Any

import pytest

from inbound_core.template_checks import TemplateFailure
from inbound_core.templates import check_template, render


@pytest.mark.parametrize(
    ("template", "profile", "says"),
    [
        pytest.param("Hi {{ profile.first_name }}!", {"first_name": "Ana"}, "Hi Ana!", id="an attribute"),
        pytest.param("Hi {{ profile.x | default('there') }}!", {}, "Hi there!", id="a default"),
        pytest.param("You wrote {{ event.keyword }}", {}, "You wrote YES", id="the keyword"),
        pytest.param("{% if profile.vip %}VIP{% else %}you{% endif %}", {}, "you", id="if nothing"),
        pytest.param("{{ 'a' if event.keyword == 'YES' else 'b' }}", {}, "a", id="inline if"),
        pytest.param(
            "{% for t in profile.l %}{{ loop.index }}{{ t }} {% endfor %}", {"l": ["a", "b"]}, "1a 2b", id="for"
        ),
        pytest.param("{{ profile.l | join(', ') | upper }}", {"l": ["a", "b"]}, "A, B", id="filters"),
        pytest.param(
            "{{ profile['first name'] ~ (profile.n + 1) }}", {"first name": "x", "n": 2}, "x3", id="operators"
        ),
        pytest.param("{{ profile.items }}", {"items": 3}, "3", id="a name that Python has too"),
        pytest.param("<b>&", {}, "<b>&", id="an SMS is no HTML"),
        pytest.param("Hi {{ profile.x | default('you') }}", {"x": None}, "Hi you", id="a null is nothing"),
        pytest.param("{{ 'none' if profile.x is none else 'some' }}", {"x": None}, "none", id="asked whether nothing"),
        pytest.param("{{ profile.n | round(1) }}", {"n": 2.25}, "2.2", id="rounded"),
    ],
)
def test_a_template_is_filled_in(template: str, profile: dict[str, Any], says: str) -> None:
    assert render(template, profile, {"keyword": "YES"}) == says


@pytest.mark.parametrize(
    ("template", "says"),
    [
        pytest.param("", "is empty", id="nothing"),
        pytest.param("x" * 4001, "4001 characters", id="long"),
        pytest.param("{{ x", "cannot be read", id="unfinished"),
        pytest.param("{{ name }}", "Write profile.name or event.name", id="unknown name"),
        pytest.param("{{ profile.a() }}", "no call", id="call"),
        pytest.param("{% set x = 1 %}", "no assign", id="assignment"),
        pytest.param("{% include 'x' %}", "no include", id="include"),
        pytest.param("{% macro m() %}{% endmacro %}", "no macro", id="macro"),
        pytest.param("{{ 'a' * 9 }}", "no mul", id="multiplication"),
        pytest.param("{{ 'a' | center(9) }}", "no filter 'center'", id="filter"),
        pytest.param("{% for i in [1] recursive %}{% endfor %}", "not recursive", id="recursion"),
        pytest.param("{% for i in [1] %}" * 4 + "{% endfor %}" * 4, "at most 3 deep", id="deep loops"),
        pytest.param("{% for i in [1] %}" * 100 + "{% endfor %}" * 100, "at most 3 deep", id="very deep loops"),
        pytest.param("{{ profile" + ".a + profile" * 290 + " }}", "nested parentheses", id="a long sum"),
        pytest.param("{% for _rounds in [[-9]] %}{% endfor %}", "'_rounds' is not known", id="the counter's name"),
        pytest.param("{{" + "(" * 1500 + "1" + ")" * 1500 + "}}", "recursion", id="deep brackets"),
    ],
)
def test_what_can_do_too_much_is_refused_when_it_is_written(template: str, says: str) -> None:
    began = time.perf_counter()

    with pytest.raises(TemplateFailure, match=says):
        check_template(template)

    # Without the limits it would be hours.
    assert time.perf_counter() - began < 10


@pytest.mark.parametrize(
    ("template", "says"),
    [
        pytest.param("Hi {{ profile.name }}", r"no 'name'; a default helps", id="missing"),
        pytest.param("{{ profile.n + 'x' }}", "unsupported operand", id="types"),
        pytest.param("{{ profile.a.__class__ }}", "no '__class__'", id="Python's own"),
        pytest.param("{% if profile.none %}x{% endif %}", "comes out empty", id="empty"),
        pytest.param("{{ profile.a }}", "3000 characters", id="too long for an SMS"),
        pytest.param("{{ profile.a ~ profile.a }}", "longer than 4000", id="joined"),
        pytest.param("{{ profile.a + profile.a }}", "longer than 4000", id="added"),
        pytest.param("{{ 1 | round(99999999, 'ceil') }}", "at most 15 digits", id="rounded to digits without end"),
        pytest.param("{{ 1 | round(profile.n - 99999999) }}", "at most 15 digits", id="rounded to nothing"),
        pytest.param("{{ 1e999 | int }}", "cannot be filled in", id="infinity"),
        pytest.param("{% for i in profile.l %}{{ profile.long }}{% endfor %}", "more than 20000", id="megabytes"),
        pytest.param("{{ profile.l | join(profile.long) }}", "longer than 4000", id="grown by a filter"),
        pytest.param(
            "{% for i in profile.l %}{% for j in profile.l %}x{% endfor %}{% endfor %}", "1000 times", id="loops"
        ),
    ],
)
def test_what_grows_too_large_is_stopped_at_once(template: str, says: str) -> None:
    began = time.perf_counter()

    with pytest.raises(TemplateFailure, match=says):
        render(template, {"a": "b" * 3000, "l": list(range(2000)), "long": "x" * 1_000_000, "n": 1}, {})

    assert time.perf_counter() - began < 2
