"""Set-up: whether replies would arrive and find their people, each prerequisite with a verdict (R3-R6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from html import escape
from urllib.parse import urlsplit

from inbound_core.regions import PlatformRegion
from inbound_core.senders import Sender


class Verdict(StrEnum):
    """Name how a check came out."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class SetupCheck:
    """Hold one check: the rule, the verdict, what was found in numbers, and what to do next."""

    rule: str
    title: str
    verdict: Verdict
    found: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class SetupReport:
    """Hold all checks. `ready` means that nothing is missing; warnings may remain."""

    checks: tuple[SetupCheck, ...]

    @property
    def ready(self) -> bool:
        """Tell whether replies would arrive and find their people."""
        return all(check.verdict is not Verdict.MISSING for check in self.checks)

    def __str__(self) -> str:
        marks = {Verdict.OK: "ok", Verdict.WARNING: "look", Verdict.MISSING: "MISSING"}
        lines = []
        for check in self.checks:
            lines.append(f"{marks[check.verdict]:>7}  {check.rule:<3} {check.title}: {check.found}")
            if check.next_step:
                lines.append(f"{'':>13}{check.next_step}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        colours = {Verdict.OK: "#1a7f37", Verdict.WARNING: "#9a6700", Verdict.MISSING: "#cf222e"}
        rows = "".join(
            f"<tr><td style='color:{colours[c.verdict]};font-weight:bold'>{escape(c.verdict)}</td>"
            f"<td>{escape(c.rule)}</td><td style='text-align:left'><b>{escape(c.title)}</b><br>{escape(c.found)}"
            f"{'<br><i>' + escape(c.next_step) + '</i>' if c.next_step else ''}</td></tr>"
            for c in self.checks
        )
        return f"<table>{rows}</table>"


def check_setup(
    region: PlatformRegion,
    senders: Sequence[Sender],
    phones_by_status: Mapping[str, int],
    received: tuple[int, datetime | None],
) -> SetupReport:
    """Check the prerequisites of inbound messages from what the workspace knows (R3-R6).

    `phones_by_status` counts profiles by `PhoneStatus`; `received` is how many messages came, and the last's time.
    """
    return SetupReport((_inbound_check(region, senders), _phone_check(phones_by_status), _test_check(*received)))


def _inbound_check(region: PlatformRegion, senders: Sequence[Sender]) -> SetupCheck:
    title = "Inbound handling is set up"
    if not senders:
        return SetupCheck(
            "R3",
            title,
            Verdict.MISSING,
            "the workspace has no sender yet.",
            "Add a number or a messaging service.",
        )
    own = [sender for sender in senders if not sender.managed]
    if not own:
        found = f"{_count(len(senders), 'number')} managed by the platform: nothing to set up, replies arrive at once."
        return SetupCheck("R5", title, Verdict.OK, found)
    lost = [sender for sender in own if not _leads_to_platform(sender.inbound_url, region)]
    if not lost:
        found = f"{_count(len(own), 'own number')} send each reply to {own[0].inbound_url}."
        return SetupCheck("R4", title, Verdict.OK, found)
    names = ", ".join(sender.key for sender in lost[:3])
    wrong = lost[0].inbound_url or "no URL"
    return SetupCheck(
        "R4",
        title,
        Verdict.MISSING,
        f"{_count(len(lost), 'number')} of {len(own)} lead elsewhere ({names}: {wrong}).",
        "Twilio console, messaging service, Integration, Incoming Messages: choose Send a webhook "
        f"and enter {region.inbound_url} (on your own machine: the simulator's /inbound/sms).",
    )


def _leads_to_platform(url: str | None, region: PlatformRegion) -> bool:
    if not url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:  # no address at all
        return False
    # To the letter: with a slash behind it the address is another one, and nothing answers there.
    if parts.path != "/inbound/sms":
        return False
    return parts.hostname in {region.host, "127.0.0.1", "localhost", "::1"}


def _phone_check(by_status: Mapping[str, int]) -> SetupCheck:
    title = "Profiles have a phone attribute"
    total = sum(by_status.values())
    missing = by_status.get("missing", 0)
    damaged = by_status.get("unreadable", 0) + by_status.get("repair", 0)
    readable = total - missing - damaged
    if not total:
        return SetupCheck("R3", title, Verdict.MISSING, "there is no profile yet.", "Identify or import people.")
    found = f"{readable:,} of {_count(total, 'profile')} have a phone that can be read"
    if not readable:
        return SetupCheck(
            "R3",
            title,
            Verdict.MISSING,
            found + ".",
            "Give profiles a phone attribute, such as +15551234567.",
        )
    others = by_status.get("reformat", 0)
    found += f" ({by_status.get('ready', 0):,} in valid E.164, {others:,} written another way)"
    if missing or damaged:
        found += f"; {missing:,} {'has' if missing == 1 else 'have'} none, {damaged:,} cannot be used as it stands."
        return SetupCheck("R3", title, Verdict.WARNING, found, "Their replies become anonymous events: repair them.")
    return SetupCheck("R3", title, Verdict.OK, found + ".")


def _test_check(received: int, last: datetime | None) -> SetupCheck:
    title = "A test message arrived"
    if not received:
        next_step = "Text the sender's number and look for the message in the activity log."
        return SetupCheck("R6", title, Verdict.WARNING, "none yet.", next_step)
    found = f"{_count(received, 'inbound message')} so far, the last one at {last:%Y-%m-%d %H:%M:%S} UTC."
    return SetupCheck("R6", title, Verdict.OK, found)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
