"""Segment builder: clicks, Python and JSON mean the same, and who enters and leaves is shown."""

import pytest

from workbench import Row, SegmentBuilder, SharedNumbers
from workbench.bench import Bench

ANA = "+14155550101"


def test_clicks_python_and_json_are_one_condition_and_say_why(family: Bench) -> None:
    builder = SegmentBuilder(family, Row(name="plan", value="pro"), name="pros")

    assert "attribute(&#39;plan&#39;).equals(&#39;pro&#39;)" in builder.forms.value
    assert "1 profile" in builder.found.value
    assert {row[0]: row[2]["text"] for row in builder.people.rows} == {"kid": "yes", "mum": "no", "alone": "no"}
    builder.people.selected = 1
    assert "plan is not set" in builder.why.value
    builder.lines.children[0].negated.value = True
    assert "2 profiles" in builder.found.value
    builder.save()
    assert family.workspace.segments.members("pros") == ["alone", "mum"]


def test_the_builder_says_who_would_enter_and_leave_a_segment_that_is_saved(family: Bench) -> None:
    builder = SegmentBuilder(family, Row(name="plan", value="pro"), name="pros")
    builder.save()
    builder.lines.children[0].negated.value = True

    assert "2 would enter</span> mum, alone" in builder.found.value
    assert "1 would leave</span> kid" in builder.found.value
    builder.name.value = "others"
    assert "would enter" not in builder.found.value


def test_the_people_of_the_lesson_come_first(bench: Bench) -> None:
    for number in range(60):
        bench.workspace.identify(f"other{number}", {"phone": "+14155550103"})
    bench.identify("mine", phone=ANA)
    bench.identify("my twin", phone=ANA)

    assert [row[0] for row in SegmentBuilder(bench).people.rows[:2]] == ["mine", "my twin"]
    assert "50 profiles are listed" in SegmentBuilder(bench).found.value
    assert [row[0] for row in SharedNumbers(bench).list.rows] == [ANA, "+14155550103"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Row("shares", value="three"), "A whole number such as 2"),
        (Row("shares", value="9" * 10_000), "A whole number such as 2"),
        (Row(name=""), "A name is needed"),
        (Row("segment", "no such"), "no such"),
        (Row("replied", value="two words"), "not one word"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence_in_the_builder(family: Bench, row: Row, said: str) -> None:
    builder = SegmentBuilder(family, row)

    assert said in builder.trouble.value
    assert builder.people.rows == []


def test_a_sender_can_be_named_as_people_know_it_and_a_wrong_one_is_told_without_its_sid(family: Bench) -> None:
    family.text(ANA, "STOP")
    builder = SegmentBuilder(family, Row("opted_out", value="workbench"))
    assert "2 profiles" in builder.found.value
    builder.lines.children[0].value.value = "nobody's"

    assert "none of this workspace&#39;s senders" in builder.trouble.value
    assert "Workbench" in builder.trouble.value
    assert "MG" not in builder.trouble.value
    assert "and[" not in builder.trouble.value
    assert "At " not in builder.trouble.value


def test_another_kind_of_condition_begins_empty(family: Bench) -> None:
    builder = SegmentBuilder(family, Row(name="plan", value="pro"))
    builder.lines.children[0].kind.value = "opted_out"

    assert builder.trouble.value == ""
    assert builder.lines.children[0].row() == Row("opted_out")


def test_a_segment_without_a_name_is_asked_for_one(family: Bench) -> None:
    builder = SegmentBuilder(family, Row(name="plan", value="pro"), name=" ")
    builder.save()

    assert "Type a name for the segment first" in builder.trouble.value
    assert family.workspace.segments.all() == []


def test_conditions_are_added_and_dropped(family: Bench) -> None:
    builder = SegmentBuilder(family, Row(name="plan", value="pro"))
    builder.add(Row("shares"))
    builder.every.value = False
    assert "2 profiles" in builder.found.value
    builder.drop(builder.lines.children[1])
    builder.drop(builder.lines.children[0])
    assert "Add a condition first" in builder.trouble.value
