"""Scenario files: read safely, and every fault said with its line and the nearest right word."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from simulator.durations import seconds_of, words_of
from simulator.scenarios import ScenarioError, load, load_text
from simulator.scenarios.shape import scenario_schema

HEAD = """\
version: 1
people:
  ana: {number: "+12025550101"}
steps:
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_text(text, "x.scenario.yaml")
    return str(caught.value).splitlines()


def test_words_stay_words_that_other_yaml_readers_make_truth_and_numbers_of():
    (story,) = load_text(HEAD + "  - ana.says: YES\n  - ana.says: NO\n  - ana.says: on\n  - ana.says: +12025550101\n")

    assert [step.value for step in story.steps] == ["YES", "NO", "on", "+12025550101"]


def test_a_step_knows_its_line_and_who_acts():
    (story,) = load_text(HEAD + "  - ana.says: hello\n  - advance: 1h30m\n", "x.scenario.yaml")

    assert [(str(step), step.place.line) for step in story.steps] == [("ana.says", 5), ("advance", 6)]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        pytest.param("  - ana.sayz: hi", ["x.scenario.yaml:5:", "Did you mean says?"], id="verb misspelt"),
        pytest.param("  - exepct: {to: ana}", ["x.scenario.yaml:5:", "Did you mean expect?"], id="step misspelt"),
        pytest.param("  - expect: {too: ana}", ["'too' is no key", "Did you mean to?"], id="key misspelt"),
        pytest.param("  - anna.says: hi", ["No person is named anna. Did you mean ana?"], id="no such person"),
        pytest.param(
            "  - newz.sends: {to: ana, body: x}", ["No sender is named newz. Did you mean news?"], id="sender"
        ),
        pytest.param("  - expect: {to: ana}", ["can never match: nobody has said"], id="expected before anything"),
        pytest.param("  - ana.says: x\n  - expect: {to: ana, match: '/(/'}", [":6:", "regular expression"], id="regex"),
        pytest.param(
            "  - ana.says: x\n  - expect: {to: ana, match: " + "y" * 1601 + "}",
            ["can never match: the text has 1601 characters"],
            id="longer than any message",
        ),
        pytest.param("  - expect_activity: {kind: opted_outt}", ["Did you mean opted_out?"], id="activity misspelt"),
        pytest.param("  - fault: {hop: api, kind: duplicate}", ["fault of the hop webhook"], id="fault on a wrong hop"),
        pytest.param("  - fault: {hop: wire, kind: slow}", ['"wire" is no choice'], id="no such hop"),
        pytest.param("  - advance: 3", ["a duration such as 90s"], id="no unit"),
        pytest.param("  - policy: {tie_brake: lower_id}", ["tie_brake", "tie_break"], id="no such switch"),
        pytest.param("  - ana.says: '{{ x }}'", ["has no matrix"], id="slot without matrix"),
        pytest.param("  - include: gone.yaml", ["There is no file gone.yaml"], id="include not there"),
        pytest.param("  - include: ../../../etc/passwd", ["outside the scenario's folder"], id="include elsewhere"),
        pytest.param("  - {ana.says: x, advance: 1s}", ["One step has one key"], id="two keys in one step"),
        pytest.param("  - ana.says: !!python/object:os.system x", ["tag", "not allowed"], id="tag"),
        pytest.param("  - note: &a [x]\n  - note: *a", ["Anchors and aliases"], id="alias bomb"),
        pytest.param("  - note: " + "[" * 60 + "]" * 60, ["more than 40 deep"], id="too deep"),
        pytest.param("  - note: [", ["x.scenario.yaml:6: This is no YAML"], id="no yaml"),
        pytest.param("  - note: a\nsteps: []", ["x.scenario.yaml:6: The key steps stands here"], id="key twice"),
        pytest.param("\t- note: a", ["x.scenario.yaml:5: A tab stands here"], id="tab"),
        pytest.param("  - note: a\n---\nversion: 1", ["x.scenario.yaml:6: A second document"], id="two documents"),
        pytest.param("  - note: a\a", ["x.scenario.yaml:5: the character U+0007 may not"], id="control character"),
        pytest.param('  - note: "\\ud83d"', ["x.scenario.yaml:5: Half of a character pair"], id="half a character"),
        pytest.param("  - fault: {hop: webhook, kind: slow, code: 404}", ["slow has no code"], id="detail of another"),
        pytest.param(
            "  - fault: {hop: carrier, kind: undelivered, code: 500}",
            [":5: 500 is no error of a message. On carrier", "30001 to 30999"],
            id="status as the error of a message",
        ),
        pytest.param(
            "  - fault: {hop: webhook, kind: status, code: 30005}",
            [":5: 30005 is no status that says an error. On webhook", "400 to 599"],
            id="error of a message as a status",
        ),
        pytest.param(
            "  - fault: {hop: api, kind: error, code: 200}",
            [":5: steps[1].fault.code: should be an HTTP status, 400 to 599", "not 200."],
            id="no error at all",
        ),
        pytest.param("  - fault: {hop: api, kind: hang, nth: 0}", ["should be at least 1, not 0"], id="nth none"),
        pytest.param("  - advance: 99999999999d", [":5: 99999999999d is too long"], id="further than calendars"),
        pytest.param("  - at: 9999-12-31", [":5:", "too far away"], id="end of the calendar"),
        pytest.param("  - identify: {person: ana, created: soon}", [":5: 'soon' is no time"], id="no time"),
        pytest.param(
            "  - ana.says: x\n  - expect_reply: {of: ana, rule: R25}",
            [':6: steps[2].expect_reply.rule: should be a rule, R1 to R24, not "R25".'],
            id="no such rule",
        ),
        pytest.param("  - snapshot: a b", ["should be a name of letters, digits and _", 'not "a b"'], id="two words"),
        pytest.param("  - expect_activity: {}", ["should not be empty"], id="any activity"),
        pytest.param("  - policy: {keyword_trailing_punctuation: maybe}", ["Choose true or false"], id="no switch"),
        pytest.param("  - ana.says: x\n  - expect: {to: ana, match: /x/g}", [":6:", "only i may"], id="regex flag"),
        pytest.param("  - expect_reply: {of: ana}", ["can never match: ana has said nothing"], id="nothing said"),
        pytest.param("  - expect_anonymous: {of: ana}", ["can never match: ana has said nothing"], id="no event"),
        pytest.param("  - expect_fault: {hop: api}", ["can never match: no step before it arms"], id="no fault armed"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_the_nearest_right_word(step: str, words: list[str]):
    said = "\n".join(faults_of(HEAD + step + "\n"))

    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param("policy: {langage_packs: [en]}", [":2:", "Did you mean language_packs?"], id="switch"),
        pytest.param("policy: {tie_break: lowest_id}", [":2:", "Did you mean lower_id? Choose one of"], id="choice"),
        pytest.param(
            "segments:\n  a: {atribute: {field: x, operator: exists}}\n  b: {attribute: {field: x, operator: equls}}\n"
            "  c: {attribute: {feild: x, operator: exists}}",
            [":3:", "Did you mean attribute?", ":4:", "Did you mean equals?", ":5:", "Did you mean field?"],
            id="words of conditions",
        ),
        pytest.param(
            "campaigns:\n  a: {triger: {message: {}}, follow_ups: [{template: x}]}\n"
            "  b: {trigger: {messages: {}}, follow_ups: [{template: x}]}\n"
            "  c: {trigger: {message: {}}, follow_ups: [{template: x, delay: {days: 1}}]}",
            [":3:", "Did you mean trigger?", ":4:", "Did you mean message?", ":5:", "Did you mean after?"],
            id="words of campaigns",
        ),
        pytest.param("people:\n  c d: {number: '+12025550101'}", [":3: 'c d' is no name here"], id="name of two words"),
        pytest.param("people:\n  ana: {number: '+12025550142'}", [":3: ana has", "platform's own"], id="own number"),
        pytest.param(
            "segments:\n  a: {event: {name: inbound_sms}}\n  b:\n    event:\n      name: x\n      count: 1",
            [":5: The segment b: At event: 'count' is not known here"],
            id="condition",
        ),
        pytest.param(
            "campaigns:\n  c:\n    sender: newz\n    trigger: {segment: {name: a}}\n    follow_ups: [{template: x}]",
            [":4: No sender is named newz. Did you mean news?", ":5: No segment is named a."],
            id="names in a campaign",
        ),
        pytest.param(
            "campaigns:\n  c:\n    trigger:\n      keyword: {words: [GO, STOP]}\n    follow_ups: [{template: x}]",
            [":4: The campaign c: At trigger.words[1]: STOP opts the number out"],
            id="reserved word",
        ),
        pytest.param(
            "campaigns:\n  c:\n    trigger: {keyword: {words: [GO]}}\n    follow_ups: [{template: x}]\n"
            "    quiet_hours:\n      start: 21:00\n      end: 08:00\n      zone: Europe/Lodnon",
            [":9: The campaign c: At quiet_hours.zone: 'Europe/Lodnon' is no time zone", "did you mean Europe/London?"],
            id="time zone",
        ),
        pytest.param(
            "campaigns:\n  c:\n    trigger: {keyword: {words: [GO]}}\n    follow_ups: [{template: x}]\n"
            "    quiet_hours: {start: 9pm, end: 08:00, zone: UTC, zon: UTC}",
            [":6: 'zon' is no key of campaigns.c.quiet_hours. Did you mean zone?"],
            id="key of quiet hours",
        ),
    ],
)
def test_what_is_wrong_with_a_setting_is_said_at_its_own_line(settings: str, words: list[str]):
    people = "" if settings.startswith("people") else "people: {ana: {number: '+12025550101'}}\n"
    said = "\n".join(faults_of(f"version: 1\n{settings}\n{people}steps: [{{note: x}}]\n"))

    for word in words:
        assert f"x.scenario.yaml{word}" in said if word.startswith(":") else word in said


def test_somebody_without_a_profile_is_expected_nowhere_before_a_step_makes_one():
    head = HEAD.replace("steps:", "  sid: {number: '+12025550103', profile: false}\nsteps:") + "  - sid.says: hello\n"

    (said,) = faults_of(head + "  - expect_reply: {of: sid, attributed_to: sid}\n")
    assert "sid has no profile (profile: false), and no step before it makes one." in said
    assert load_text(head + "  - identify: {person: sid}\n  - expect_reply: {of: sid, attributed_to: sid}\n")


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_the_file():
    said = faults_of(HEAD + "  - ana.says: x\n  - expect: {to: bob}\n  - fault: {hop: carrier, kind: slow}\n")

    assert [line.split(":")[1] for line in said] == ["6", "7"]


def test_a_matrix_makes_a_story_of_each_cell_and_keeps_the_types():
    text = HEAD.replace("steps:", "matrix: {said: [YES, NO], n: [0, 1]}\nsteps:")
    stories = load_text(text + "  - ana.says: 'I say {{ said }}'\n  - expect: {to: ana, count: '{{ n }}'}\n")

    assert [story.name for story in stories] == [
        f"<text> [said={said}, n={n}]" for said in ("YES", "NO") for n in (0, 1)
    ]
    assert stories[3].steps[0].value == "I say NO"
    assert stories[3].steps[1].value["count"] == 1


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        pytest.param('{a: [1, 2.5, true, "x"], b: []}', "matrix.b: should not be empty.", id="no value"),
        pytest.param("{a: [1], b: word}", 'matrix.b: should be a list, not "word".', id="no list"),
        pytest.param("{}", "matrix: should not be empty, but lists of values by name, such as", id="no name"),
    ],
)
def test_a_matrix_of_which_no_cell_can_be_made_is_refused_at_its_line(matrix: str, said: str):
    text = HEAD.replace("steps:", f"matrix:\n  {matrix}\nsteps:".replace(", b:", ",\n   b:"))

    line = 4 if matrix == "{}" else 6
    (fault,) = faults_of(text + "  - ana.says: '{{ b }}'\n")
    assert fault.startswith(f"x.scenario.yaml:{line}: {said}")


@pytest.mark.parametrize("setting", ["", "matrix: {word: [YES]}\n"])
def test_four_braces_are_two_that_are_said_with_a_matrix_and_without(setting: str):
    (story,) = load_text(HEAD.replace("steps:", setting + "steps:") + "  - ana.says: 'Hi {{{{ word }} {{{{{{{{'\n")

    assert story.steps[0].value == "Hi {{ word }} {{{{"


def test_a_follow_up_keeps_what_its_template_fills_in_beside_the_slots_of_a_matrix():
    campaign = "{thanks: {trigger: {message: {}}, sender: news, follow_ups: [{template: 'Hi {{ profile.name }}%s'}]}}"

    def template_of(text: str) -> str:
        (story,) = load_text(text + "  - ana.says: hello\n")
        return story.campaigns["thanks"]["follow_ups"][0]["template"]

    assert template_of(HEAD.replace("steps:", f"campaigns: {campaign % ''}\nsteps:")) == "Hi {{ profile.name }}"
    filled = HEAD.replace("steps:", f"matrix: {{n: [5]}}\ncampaigns: {campaign % ', {{ n }}'}\nsteps:")
    assert template_of(filled) == "Hi {{ profile.name }}, 5"


def test_a_matrix_of_a_million_cells_is_refused_before_it_is_made():
    row = ", ".join(str(n) for n in range(100))
    text = HEAD.replace("steps:", f"matrix: {{a: [{row}], b: [{row}], c: [{row}]}}\nsteps:")

    (said,) = faults_of(text + "  - ana.says: '{{ a }}'\n")

    assert "1,000,000 cells (100 x 100 x 100)" in said
    assert "--people" in said


def test_a_branch_is_the_way_to_its_snapshot_and_its_own_steps():
    text = HEAD + "  - ana.says: a\n  - snapshot: asked\n  - ana.says: b\n"
    main, branch = load_text(text + "branches: {silent: {from: asked, steps: [{advance: 3d}]}}\n")

    assert [str(step.value) for step in branch.steps] == ["a", "asked", "3d"]
    assert branch.name == f"{main.name} / silent"


def test_a_branch_from_a_snapshot_that_is_not_there_names_the_nearest():
    text = HEAD + "  - snapshot: asked\nbranches: {x: {from: askt, steps: [{advance: 3d}]}}\n"

    assert "Did you mean asked?" in faults_of(text)[0]


def test_an_included_file_brings_its_steps_and_its_own_lines(tmp_path: Path):
    (tmp_path / "greet.yaml").write_text("# greetings\n- ana.says: hello\n")
    (tmp_path / "a.scenario.yaml").write_text(HEAD + "  - include: greet.yaml\n")
    (story,) = load(tmp_path / "a.scenario.yaml")

    assert [(step.value, Path(step.place.file).name, step.place.line) for step in story.steps] == [
        ("hello", "greet.yaml", 2)
    ]


def test_a_slot_in_an_included_file_is_filled_by_the_matrix_and_refused_without_one(tmp_path: Path):
    (tmp_path / "say.yaml").write_text("# greetings\n- ana.says: '{{ word }}'\n")
    path = tmp_path / "a.scenario.yaml"
    path.write_text(HEAD.replace("steps:", "matrix: {word: [YES]}\nsteps:") + "  - include: say.yaml\n")

    assert [step.value for step in load(path)[0].steps] == ["YES"]

    path.write_text(HEAD + "  - include: say.yaml\n")

    with pytest.raises(ScenarioError, match=r"say\.yaml:2: \{\{ word \}\} stands here, but the scenario has no matrix"):
        load(path)


def test_files_that_include_each_other_end_in_an_error(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("- include: b.yaml\n")
    (tmp_path / "b.yaml").write_text("- include: a.yaml\n")
    (tmp_path / "a.scenario.yaml").write_text(HEAD + "  - include: a.yaml\n")

    with pytest.raises(ScenarioError, match="include each other"):
        load(tmp_path / "a.scenario.yaml")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "The file is empty", id="empty"),
        pytest.param(b"\xff\xfe\x00", "no UTF-8", id="no text"),
        pytest.param(b"- a\n", "A scenario is a mapping", id="a list"),
        pytest.param(b"x" * 1_000_001, "1000001 characters", id="huge"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(tmp_path: Path, content: bytes, words: str):
    (tmp_path / "a.scenario.yaml").write_bytes(content)

    with pytest.raises(ScenarioError, match=words):
        load(tmp_path / "a.scenario.yaml")


def test_the_shipped_schema_is_a_schema():
    Draft202012Validator.check_schema(scenario_schema())

    assert json.dumps(scenario_schema()).count('"description"') > 20


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("3d", 259_200), ("250ms", 0.25)])
def test_a_duration_reads_and_writes_the_same(text: str, seconds: float):
    assert seconds_of(text) == seconds
    assert seconds_of(words_of(seconds)) == seconds


@pytest.mark.parametrize(
    "fault", ["hop: carrier, kind: undelivered, code: 30005", "hop: webhook, kind: status, code: 503"]
)
def test_a_fault_has_the_codes_of_its_hop(fault: str):
    (story,) = load_text(HEAD + f"  - fault: {{{fault}, first: 1}}\n")

    assert str(story.steps[0].value["code"]) in fault
