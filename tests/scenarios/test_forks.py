"""What if: a story beside the one it would have been, had somebody said something else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.cli import cli
from simulator.scenarios import Scenario, ScenarioError, load, load_text
from simulator.scenarios.forks import Comparison, Fork, stories_of, what_if

STORY = """\
version: 1
people:
  ana: {number: "+12025550101"}
  eve: {number: "+12025550105", phone: "+1 (202) 555-0105 (home)"}
segments:
  yes: {event: {name: inbound_sms, where: [{field: keyword, operator: equals, value: JOIN}]}}
steps:
  - ana.says: JOIN
  - expect_segment: {name: yes, members: [ana]}
  - eve.says: {body: STOP}
  - news.sends: {to: ana, body: Welcome}
  - expect: {to: ana, match: Welcome}
"""


@pytest.fixture
def story() -> Scenario:
    return load_text(STORY, "x.scenario.yaml")[0]


def differing(comparison: Comparison) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    return {(row.section, row.what): (row.before, row.after) for row in comparison.differences}


def test_another_answer_changes_the_event_and_the_segment_and_nothing_else(story: Scenario):
    assert differing(what_if(story, Fork(says={8: "NO"}))) == {
        ("events", "ana #1"): ("JOIN", "NO"),
        ("segments", "yes"): ("ana", "nobody"),
    }


def test_an_opt_out_instead_holds_back_what_was_sent(story: Scenario):
    found = differing(what_if(story, Fork(says={8: "STOP"})))

    assert found["consent", "ana for news"] == (None, "opted_out")
    assert found["sends", "ana refused #1"] == (None, "not sent: Welcome")


@pytest.mark.rule("R10")
def test_a_cleaned_phone_column_brings_a_reply_to_its_profile(story: Scenario):
    found = differing(what_if(story, Fork(clean_phones=True)))

    assert found == {("attribution", "eve #1"): ("anonymous", "eve")}


def test_another_policy_makes_a_keyword_of_stop_with_a_mark(story: Scenario):
    fork = Fork(says={10: "STOP!"}, policy={"keyword_trailing_punctuation": True})
    without = Fork(says={10: "STOP!"})

    assert ("consent", "eve for news") not in differing(what_if(story, fork))
    assert differing(what_if(story, without))["consent", "eve for news"] == ("opted_out", None)


def test_nothing_said_at_all_leaves_the_message_out(story: Scenario):
    assert differing(what_if(story, Fork(says={10: None})))["events", "eve #1"] == ("STOP", None)


def test_a_fork_that_changes_nothing_says_so(story: Scenario):
    comparison = what_if(story, Fork())

    assert comparison.differences == ()
    assert "Nothing would have been otherwise." in str(comparison)


def test_both_stories_end_where_it_is_said(story: Scenario):
    comparison = what_if(story, Fork(says={8: "NO"}, until=10))

    assert {row.section for row in comparison.rows} == {"events", "attribution", "segments"}


@pytest.mark.parametrize(
    ("fork", "words"),
    [
        pytest.param(Fork(says={9: "NO"}), "Nobody says anything on this line. Lines: 8, 10.", id="line"),
        pytest.param(Fork(phones={"anna": None}), "No person is named anna", id="person"),
        pytest.param(Fork(policy={"tie_brake": 1}), "tie_brake", id="switch"),
    ],
)
def test_a_fork_at_what_is_not_there_is_refused(story: Scenario, fork: Fork, words: str):
    with pytest.raises(ScenarioError, match=words):
        what_if(story, fork)


def test_the_comparison_is_shown_on_the_command_line_and_in_a_notebook(story: Scenario):
    result = CliRunner().invoke(cli, ["play", "shared_number_stop", "--instead", "11=STOP!"])

    assert result.exit_code == 0
    assert "What if line 11 said 'STOP!'?" in result.output
    assert "<b>What if" in what_if(story, Fork(says={8: "<b>"}))._repr_html_()
    assert "<td><b></td>" not in what_if(story, Fork(says={8: "<b>"}))._repr_html_()


HELLO = """\
version: 1
people:
  ana: {number: "+12025550101"}
steps:
  - ana.says: JOIN
"""

BRANCHED = f"""\
{HELLO}  - snapshot: joined
  - ana.says: thanks
branches:
  silent: {{from: joined, steps: [{{advance: 3d}}]}}
"""


def test_a_fork_concerns_the_stories_of_a_file_that_have_its_line():
    stories = load_text(BRANCHED, "x.scenario.yaml")

    assert [story.name for story in stories_of(stories, Fork(says={5: "NO"}))] == ["x", "x / silent"]
    assert [story.name for story in stories_of(stories, Fork(says={7: "NO"}))] == ["x"]
    assert stories_of(stories, Fork(says={99: "NO"})) == stories


def test_a_line_of_an_included_file_is_none_of_the_scenarios_own(tmp_path: Path):
    (tmp_path / "greet.yaml").write_text("\n" * 5 + "- ana.says: hello\n")
    (tmp_path / "a.scenario.yaml").write_text(HELLO + "  - include: greet.yaml\n")
    (story,) = load(tmp_path / "a.scenario.yaml")

    with pytest.raises(ScenarioError, match=r"Nobody says anything on this line\. Lines: 5\."):
        what_if(story, Fork(says={6: "NO"}))
