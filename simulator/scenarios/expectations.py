"""Expectations: compare what a step expects with what happened, and say the difference so that a newcomer sees it."""

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from inbound_core.workspace import UnknownMessage
from simulator.durations import seconds_of
from simulator.matching import likeness, text_test
from simulator.scenarios.hearing import Heard
from simulator.scenarios.meaning import listed
from simulator.scenarios.records import Step
from simulator.scenarios.rules import SENTENCES

if TYPE_CHECKING:
    from simulator.scenarios.playing import Player

#: What to do about a message that no step expects.
REMEDY = "Expect it in a step, or set `unexpected: allow`."


class Unmet(AssertionError):
    """Report an expectation that was not met: what was expected, what was seen, and what came closest."""


def check_messages(player: "Player", step: Step) -> str:
    """Check an `expect`: messages on a handset, in order; those that fit are used up. Raise `Unmet`."""
    value, world = step.value, player.world
    handset = world.scenario.person(value["to"]).number
    count = value.get("count")
    deadline = player.cause_at + _seconds(value["within"]) if "within" in value else None
    found = _fitting(player, value, handset)
    needed = count or 1
    player.wait_until(lambda: len(_fitting(player, value, handset)) >= needed, deadline, hurry=count == 0)
    found = _fitting(player, value, handset)
    late = [heard for heard in found if deadline is not None and heard.at.timestamp() > deadline]
    found = [heard for heard in found if heard not in late]
    if (count is None and not found) or (count is not None and len(found) != count):
        raise Unmet(_unmet_message(player, value, handset, found, late))
    for heard in found[: count if count is not None else 1]:
        heard.expected_at = str(step.place)
    return f"{value['to']} heard {_times(count)}{_said(value)}" if count != 0 else f"nothing of that to {value['to']}"


def _fitting(player: "Player", value: Any, handset: str) -> list[Heard]:
    test = text_test(value["match"]) if "match" in value else None
    return [
        heard
        for heard in player.world.ears.open(handset)
        if (test is None or test(heard.body))
        and value.get("by") in (None, heard.by)
        and value.get("from") in (None, player.world.number_name(heard.number))
        and value.get("status") in (None, heard.status)
        and value.get("segments") in (None, heard.segments)
    ]


def _said(value: Any) -> str:
    parts = [f"{value['match']!r}" if "match" in value else "a message"]
    parts += [f"from {value['from']}"] if "from" in value else []
    parts += [f"by {value['by']}"] if "by" in value else []
    parts += [f"with status {value['status']}"] if "status" in value else []
    parts += [f"of {value['segments']} segments"] if "segments" in value else []
    return " ".join(parts + ([f"within {value['within']}"] if "within" in value else []))


def _times(count: int | None) -> str:
    return "" if count in (None, 1) else f"{count} times "


def _unmet_message(player: "Player", value: Any, handset: str, found: list[Heard], late: list[Heard]) -> str:
    world = player.world
    wanted = "a message" if value.get("count") is None else f"{value['count']} message(s)"
    lines = [f"Expected {wanted} to {value['to']}: {_said(value)}. Fitting: {len(found)}."]
    lines += rule_lines(player)
    lines += [f"Too late: {_heard(player, heard)}" for heard in late]
    counts: dict[str, int] = {}
    for heard in world.ears.all():
        counts[world.name_of(heard.handset)] = counts.get(world.name_of(heard.handset), 0) + 1
    seen = ", ".join(f"{count} to {name}" for name, count in counts.items()) or "none at all"
    lines.append(f"Messages seen: {seen}.")
    lines += near_misses(player, value.get("match", ""), handset)
    for message in world.ears.unheard.values():
        if message.handset == handset:
            lines.append(f"Never arrived: {message.body!r} is {message.status} (error {message.error_code}).")
    return "\n".join(lines)


def near_misses(player: "Player", match: str, handset: str, most: int = 3) -> list[str]:
    """Give the heard messages that come closest to a text, those of the handset first."""

    def nearness(heard: Heard) -> tuple[bool, float]:
        return heard.handset == handset, likeness(match, heard.body)

    closest = sorted(player.world.ears.all(), key=nearness, reverse=True)[:most]
    return [f"Closest: {_heard(player, heard)}" for heard in closest]


def _heard(player: "Player", heard: Heard) -> str:
    world = player.world
    used = f" (expected at {heard.expected_at})" if heard.expected_at else ""
    who = f"{world.name_of(heard.handset)} <- {world.name_of(heard.number)}"
    return f"{heard.at:%H:%M:%S} {who}: {heard.body!r} by {heard.by}, {heard.status}{used}"


def check_nothing(player: "Player", step: Step) -> str:
    """Check that no handset, or not this one, has a message that no step expected. Raise `Unmet`."""
    to = None if step.value is True else step.value["to"]
    handset = None if to is None else player.world.scenario.person(to).number
    refuse_unexpected(player, handset)
    return f"nothing else{f' to {to}' if to else ''}"


def refuse_unexpected(player: "Player", handset: str | None = None, remedy: str = REMEDY) -> None:
    """Raise `Unmet` when a message was heard that no step expected, with the expectations it comes closest to."""
    extra = player.world.ears.open(handset)
    if not extra:
        return
    lines = [f"Unexpected: {len(extra)} message(s) that no step expected:"]
    lines += [f"  {_heard(player, heard)}" for heard in extra[:10]]
    steps = [step for step in player.scenario.steps if step.kind == "expect" and "match" in step.value]
    for heard in extra[:3]:
        matches = {str(step.value["match"]): step for step in steps}
        for match in difflib.get_close_matches(heard.body, matches, n=1, cutoff=0.3):
            lines.append(f"Closest expectation: {match!r} at {matches[match].place}")
    lines.append(remedy)
    raise Unmet("\n".join(lines))


_FACTS = {
    "attributed_to": "the profile it is attributed to (attributed_to)",
    "keyword": "its keyword (keyword)",
    "action": "what it asks for (action)",
    "affected": "whom the opt-out or opt-in reaches (affected)",
}


def check_reply(player: "Player", step: Step) -> str:
    """Check an `expect_reply`: what the platform made of a person's last message, and why. Raise `Unmet`."""
    value = step.value
    explanation = _explanation(player, value["of"])
    action = explanation.keyword_action or "none"
    facts: dict[str, tuple[Any, Any]] = {
        "attributed_to": (value.get("attributed_to"), explanation.attributed_to),
        "keyword": (str(value.get("keyword", "")).upper(), explanation.keyword.upper()),
        "action": (value.get("action"), action),
        "affected": (sorted(value.get("affected", ())), sorted(explanation.affected)),
    }
    wrong = [
        f"{_FACTS[name]} should be {_shown(wanted)}, but is {_shown(seen)}."
        for name, (wanted, seen) in facts.items()
        if name in value and wanted != seen
    ]
    rules = {reason.rule for reason in explanation.reasons}
    if "rule" in value and value["rule"] not in rules:
        wrong.append(f"The rule {value['rule']} should have been applied; applied were {', '.join(sorted(rules))}.")
    misses = [miss.profile_id for miss in explanation.near_misses]
    if "near_miss" in value and value["near_miss"] not in misses:
        wrong.append(f"{value['near_miss']} should be named as a near miss; named are {', '.join(misses) or 'none'}.")
    if wrong:
        lines = [f"{value['of']}'s message {explanation.body!r}: {' '.join(wrong)}", *rule_lines(player)]
        lines += ["What the platform says:", *(f"  {player.world.readable(line)}" for line in explanation.lines())]
        lines += [
            f"  candidate {c.profile_id}, created {c.created_at:%Y-%m-%d}{' (chosen)' if c.chosen else ''}"
            for c in explanation.candidates
        ]
        raise Unmet("\n".join(lines))
    return f"{value['of']}'s reply is as expected: {explanation.attributed_to or 'an anonymous event'}"


def _shown(value: Any) -> str:
    if value is None:
        return "nobody's (an anonymous event)"
    return ", ".join(value) or "nobody" if isinstance(value, list) else repr(value)


def rule_lines(player: "Player") -> list[str]:
    """Give the rules that a scenario says it is about, each in a sentence."""
    return [f"Rule {rule}: {SENTENCES[rule]}" for rule in player.scenario.rules]


def _explanation(player: "Player", person: str) -> Any:
    sid = player.world.last_sid(person)
    if sid is None:
        raise Unmet(f"{person} has not texted yet, so there is no reply to look at.")
    try:
        return player.world.workspace.explain(sid)
    except UnknownMessage:
        attempts = player.world.carrier.attempts(sid)
        told = "; ".join(f"{a.status if a.status else a.error}" for a in attempts) or "no webhook was sent"
        raise Unmet(f"{person}'s last message never reached the platform: {told}.") from None


def check_consent(player: "Player", step: Step) -> str:
    """Check an `expect_consent`: whether a number may be written to from a sender, on both sides. Raise `Unmet`."""
    value, world = step.value, player.world
    name = value.get("sender") or world.scenario.senders[0].name
    key, number = world.sender_keys[name], world.scenario.person(value["of"]).number
    side = value.get("side", "platform" if value["state"] != "opted_out" else "both")
    seen: dict[str, str] = {}
    if side in ("platform", "both") and world.application_url is None:
        seen["the platform"] = str(world.workspace.consent(number).state(number, key))
    if side in ("carrier", "both"):
        seen["Twilio"] = "opted_out" if world.carrier.opted_out(number, key) else "not opted out"
    for who, state in seen.items():
        right = state == value["state"] or (state == "not opted out" and value["state"] != "opted_out")
        if not right:
            said = f"{value['of']} ({number}) should be {value['state']} for {name}, but for {who} it is {state}."
            raise Unmet("\n".join([said, *rule_lines(player), *_consent_lines(player, number)]))
    return f"{value['of']} is {value['state']} for {name}"


def _consent_lines(player: "Player", number: str) -> list[str]:
    changes = player.world.workspace.consent(number).changes
    told = player.world.readable
    return [f"The platform's ledger: {c.at:%H:%M:%S} {c.state} for {told(c.sender)}, {c.cause}" for c in changes] or [
        "The platform's ledger has nothing about this number."
    ]


def check_activity(player: "Player", step: Step) -> str:
    """Check an `expect_activity`: entries of the platform's activity log since the beginning. Raise `Unmet`."""
    value, world = step.value, player.world
    entries = [entry for entry in world.workspace.activity(limit=100_000) if entry.number > world.first_activity]
    if "of" in value:
        number = world.scenario.person(value["of"]).number
        entries = [e for e in entries if e.profile_id == value["of"] or (e.profile_id is None and e.phone == number)]
    test: Callable[[str], bool] = text_test(value["match"]) if "match" in value else lambda _text: True
    found = [e for e in entries if value.get("kind") in (None, str(e.kind)) and test(e.text)]
    count = value.get("count")
    if (count is None and not found) or (count is not None and len(found) != count):
        wanted = "at least one" if count is None else str(count)
        asked = ", ".join(f"{key}: {value[key]}" for key in ("kind", "of", "match") if key in value)
        lines = [f"Expected {wanted} in the activity log with {asked}; found {len(found)}.", *rule_lines(player)]
        lines += [f"  {e.at:%H:%M:%S} {e.kind}: {world.readable(e.text)}" for e in entries[-8:]] or [
            "  The log is empty."
        ]
        raise Unmet("\n".join(lines))
    return f"the activity log has {len(found)} {value.get('kind', 'fitting entries')}"


def check_anonymous(player: "Player", step: Step) -> str:
    """Check an `expect_anonymous`: how many messages of a number are nobody's. Raise `Unmet`."""
    value = step.value
    number = player.world.scenario.person(value["of"]).number
    events = player.world.workspace.anonymous_events(number)
    wanted = value.get("count", 1)
    if len(events) != wanted:
        lines = [f"{value['of']} ({number}) should have {wanted} anonymous event(s), but has {len(events)}."]
        raise Unmet("\n".join(lines + rule_lines(player)))
    return f"{value['of']} has {wanted} anonymous event(s)"


def check_segment(player: "Player", step: Step) -> str:
    """Check an `expect_segment`: who is in a segment now. Raise `Unmet`."""
    value = step.value
    members = player.world.segment_members(value["name"])
    wrong = []
    if "members" in value and sorted(members) != sorted(value["members"]):
        wrong.append(f"should have exactly {', '.join(value['members']) or 'nobody'}")
    wrong += [f"should have {name}" for name in listed(value.get("includes", [])) if name not in members]
    wrong += [f"should not have {name}" for name in listed(value.get("excludes", [])) if name in members]
    if wrong:
        said = f"The segment {value['name']} {' and '.join(wrong)}, but has {', '.join(members) or 'nobody'}."
        raise Unmet("\n".join([said, *rule_lines(player)]))
    return f"the segment {value['name']} has {', '.join(members) or 'nobody'}"


def check_webhook(player: "Player", step: Step) -> str:
    """Check an `expect_webhook`: the requests about a person's last message. Raise `Unmet`."""
    value = step.value
    sid = player.world.last_sid(value["of"])
    attempts = player.world.carrier.attempts(sid) if sid else ()
    found = [
        attempt
        for attempt in attempts
        if value.get("kind") in (None, attempt.kind)
        and ("status" not in value or attempt.status == value["status"])
        and ("error" not in value or attempt.error_code == value["error"])
    ]
    count = value.get("count")
    if (count is None and not found) or (count is not None and len(found) != count):
        asked = ", ".join(f"{key} {value[key]}" for key in ("kind", "status", "error") if key in value) or "any"
        lines = [f"Expected {count or 'at least one'} webhook ({asked}) about {value['of']}'s last message."]
        lines += rule_lines(player)
        lines += [f"  {a.kind}: {a.status} {a.error_code or ''} {a.error}" for a in attempts] or ["  None was sent."]
        raise Unmet("\n".join(lines))
    return f"{len(found)} webhook(s) as expected"


def check_fault(player: "Player", step: Step) -> str:
    """Check an `expect_fault`: how often a fault has happened. Raise `Unmet`."""
    value = step.value
    found = [
        firing
        for firing in player.world.faults.firings
        if value.get("hop") in (None, firing.plan.hop) and value.get("kind") in (None, firing.plan.kind)
    ]
    count = value.get("count")
    if (count is None and not found) or (count is not None and len(found) != count):
        seen = ", ".join(f"{f.plan.hop}/{f.plan.kind} at {f.at:%H:%M:%S}" for f in player.world.faults.firings)
        raise Unmet(f"Expected {count or 'at least one'} such fault; happened: {seen or 'none'}.")
    return f"{len(found)} fault(s) as expected"


def _seconds(duration: str) -> float:
    return seconds_of(duration)


CHECKS: dict[str, Callable[["Player", Step], str]] = {
    "expect": check_messages,
    "expect_nothing": check_nothing,
    "expect_reply": check_reply,
    "expect_consent": check_consent,
    "expect_activity": check_activity,
    "expect_anonymous": check_anonymous,
    "expect_segment": check_segment,
    "expect_webhook": check_webhook,
    "expect_fault": check_fault,
}
