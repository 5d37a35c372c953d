"""Approvals: a transcript that somebody has looked at and found right, kept beside the scenario and compared."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.scenarios.loading import SUFFIX
from simulator.scenarios.playing import Verdict


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

    def approve(self) -> None:
        """Keep what happened now as the approved transcript."""
        self.path.write_text(self.seen, encoding="utf-8")


def approval_of(file: str, verdicts: Sequence[Verdict]) -> Approval:
    """Set the transcripts of a file's stories beside the approved ones in `NAME.approved.txt`, if it is there."""
    scenario = Path(file)
    path = scenario.with_name(scenario.name.removesuffix(SUFFIX).removesuffix(".yaml") + ".approved.txt")
    seen = "\n".join("\n".join((f"# {verdict.scenario.name}", *verdict.transcript)) for verdict in verdicts) + "\n"
    approved = path.read_text(encoding="utf-8") if path.exists() else None
    return Approval(path, approved, seen, all(verdict.passed for verdict in verdicts))
