"""`inbound demo`: the documentation's whole story, played in the terminal, with nothing left behind."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from inbound_core.sending import SendRefused
from simulator.commands.options import json_option
from simulator.commands.printing import print_json, tell

ANA, BOTH, STRANGER = "+12025550101", "+12025550102", "+12025550103"


@dataclass(frozen=True, slots=True)
class Scene:
    """Hold one step of the story: what it is about, and what happened, line by line."""

    title: str
    rules: tuple[str, ...]
    lines: tuple[str, ...]


@click.command()
@json_option
def demo(as_json: bool) -> None:
    """Play the whole story here: who answers, what STOP does, and what Twilio says on its own.

    A simulator runs in memory for some seconds; real signed webhooks go over real HTTP. Nothing is kept.
    """
    from simulator.running import start

    with start() as simulator:
        for number, scene in enumerate(story(simulator), 1):
            if as_json:
                print_json({"title": scene.title, "rules": scene.rules, "lines": scene.lines})
                continue
            tell(f"\n{number}. {scene.title}  ({', '.join(scene.rules)})", bold=True)
            for line in scene.lines:
                tell(f"   {line}")
    if not as_json:
        tell("\nNext: inbound lab (notebooks), inbound serve (your own application), inbound text --help")


def story(simulator: Any) -> Iterator[Scene]:
    """Play the scenes against a running simulator, one after the other."""
    yield _people(simulator.workspace)
    yield _text(simulator, "A reply belongs to the profile with its number", ("R7",), ANA, "hello")
    yield _text(simulator, "Two share a number: the oldest answers", ("R11", "R12"), BOTH, "yes please")
    yield _text(simulator, "STOP opts the number out, for every profile on it", ("R14", "R19", "R22"), BOTH, "STOP")
    yield _refused(simulator, "Opted out: nothing is sent", ("R21",), "ben", "Our news")
    yield _text(simulator, "START lifts it", ("R21",), BOTH, "START")
    yield _sent(simulator)
    yield _text(simulator, "STOP in a sentence is an ordinary message", ("R19",), ANA, "STOP PLEASE")
    yield _text(simulator, "A number nobody has: an anonymous event", ("R15", "R17", "R18"), STRANGER, "who am I?")
    yield _refused(simulator, "Nobody can write to its author", ("R16",), STRANGER, "who are you?")
    yield Scene(
        "The platform's log has all of it, but not Twilio's own answers",
        ("R6", "R22", "R23"),
        tuple(f"{entry.kind:<17} {entry.text}" for entry in simulator.workspace.activity()),
    )


def _people(workspace: Any) -> Scene:
    given = (
        ("ana", "(202) 555-0101", 2024),
        ("ben", BOTH, 2023),
        ("bea", "202.555.0102", 2025),
    )
    lines = []
    for profile_id, phone, year in given:
        profile = workspace.identify(profile_id, {"phone": phone}, datetime(year, 1, 1, tzinfo=UTC))
        lines.append(f"{profile_id}: phone {phone!r} reads as {profile.phone_e164}, created {year}")
    return Scene("Three people, their phones as they typed them", ("R8", "R9", "R10"), tuple(lines))


def _text(simulator: Any, title: str, rules: tuple[str, ...], handset: str, body: str) -> Scene:
    return Scene(title, rules, tuple(simulator.text(handset, body).lines()))


def _refused(simulator: Any, title: str, rules: tuple[str, ...], to: str, body: str) -> Scene:
    sender = simulator.carrier.services()[0].sid
    try:
        simulator.workspace.send(to, body, sender)
    except SendRefused as error:
        return Scene(title, rules, (f"send to {to}: refused.", str(error)))
    return Scene(title, rules, (f"send to {to}: sent, which should not have happened.",))


def _sent(simulator: Any) -> Scene:
    sent = simulator.workspace.send("ben", "Good to have you back.", simulator.carrier.services()[0].sid)
    simulator.carrier.wait_idle(10)
    got = simulator.carrier.conversation(BOTH)[-1]
    lines = (f"send to ben: {sent.status}, {sent.message_sid}", f"handset   hears: {got.body}")
    return Scene("Now a message arrives again, through Twilio's own SDK", ("R21",), lines)
