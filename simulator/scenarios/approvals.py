"""Approvals: a transcript that somebody has looked at and found right, kept beside the scenario and compared."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.scenarios.loading import SUFFIX
from simulator.scenarios.playing import Verdict
from simulator.whole_files import write_whole

#: A line, with its end; `str.splitlines` ends lines at more signs than files do.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
#: What stands before a story's transcript, but inside of one; with a backslash before it, it stands for itself.
_LIKE_A_NAME = re.compile(r"(?<=\n)\\*# ")


@dataclass(frozen=True, slots=True)
class Approval:
    """Hold what a scenario's transcript is now and what was approved, None when nothing was.

    `passed` tells whether every expectation was met; what was not met is nothing to approve.
    """

    path: Path
    approved: str | None
    seen: str
    passed: bool = True

    @property
    def differs(self) -> bool:
        """Tell whether something was approved, and something else has happened."""
        return self.approved is not None and self.approved != self.seen

    def diff(self) -> list[str]:
        """Give the difference, line by line, as diff writes it."""
        before = (self.approved or "").splitlines()
        return list(difflib.unified_diff(before, self.seen.splitlines(), "approved", "now", lineterm="", n=2))

    def report(self) -> str:
        """Say what differs, and what to do about it."""
        lines = (f"The transcript differs from {self.path}:", *(f"  {line}" for line in self.diff()))
        return "\n".join((*lines, "When this is right, approve it with --update, as in: inbound play FILE --update"))

    def approve(self) -> None:
        """Keep what happened now as the approved transcript; raise `OSError` with the one before still there."""
        write_whole(self.path, self.seen)


def approval_of(file: str, verdicts: Sequence[Verdict]) -> Approval:
    """Set the transcripts of a file's stories beside the approved ones in `NAME.approved.txt`, if it is there."""
    path = _path_of(file)
    passed = all(verdict.passed for verdict in verdicts)
    return Approval(path, _approved(path), "".join(_text_of(verdict) for verdict in verdicts), passed)


def approval_of_story(verdict: Verdict, stories: Sequence[str]) -> Approval:
    """Set the transcript of one story beside its part of what was approved, for who plays the `stories` one by one.

    What was approved of stories that the file does not have any more stands beside its first.
    """
    path = _path_of(verdict.scenario.file)
    whole = _approved(path)
    if whole is None:
        return Approval(path, None, _text_of(verdict), verdict.passed)
    parts: dict[str, str] = {}
    story = ""
    for line in _LINE.findall(whole):
        story = line[2:].rstrip("\n") if line.startswith("# ") else story
        parts[story] = parts.get(story, "") + line
    name = verdict.scenario.name
    gone = (text for other, text in parts.items() if other not in stories)
    approved = parts.get(name, "") + ("".join(gone) if name == stories[0] else "")
    return Approval(path, approved, _text_of(verdict), verdict.passed)


def _path_of(file: str) -> Path:
    scenario = Path(file)
    return scenario.with_name(scenario.name.removesuffix(SUFFIX).removesuffix(".yaml") + ".approved.txt")


def _approved(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _text_of(verdict: Verdict) -> str:
    return "\n".join((f"# {verdict.scenario.name}", *map(_kept, verdict.transcript))) + "\n"


def _kept(line: str) -> str:
    """Write a line of the transcript so that it reads back: what somebody said in several lines names no story.

    A bare carriage return would be read back as a line feed.
    """
    return _LIKE_A_NAME.sub(r"\\\g<0>", line.replace("\r", "\\r"))
