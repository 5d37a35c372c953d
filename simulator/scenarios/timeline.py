"""Timeline: everything that happened in a scenario, in order, as lines to read and as bytes to compare."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one thing that happened; `told` are those that a transcript shows, the trace has all.

    `side` says whose deed it is: clock, handset, carrier, platform, fault, check or note.
    """

    at: datetime
    side: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    told: bool = True

    def to_json(self) -> str:
        """Give the entry as one line of JSON, always the same for the same entry."""
        plain = {"at": self.at.isoformat(), "side": self.side, "text": self.text, **self.data}
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, default=str)

    def line(self, start: datetime) -> str:
        """Give the entry as a line of the transcript; times count from the scenario's day."""
        days = (self.at.date() - start.date()).days
        day = f"+{days}d " if days else ""
        return f"{day}{self.at:%H:%M:%S}.{self.at.microsecond // 1000:03d}  {self.side:<8}  {self.text}"


class Timeline:
    """Collect entries and show each to a listener as it happens."""

    def __init__(self, now: Callable[[], datetime], listener: Callable[[Entry], None] | None = None) -> None:
        self._now = now
        self._listener = listener
        self.start = now()
        self.entries: list[Entry] = []

    def tell(
        self, side: str, text: str, data: Mapping[str, Any] | None = None, told: bool = True, at: datetime | None = None
    ) -> None:
        """Write down that something happened, now unless at a time."""
        entry = Entry(at or self._now(), side, text, data or {}, told)
        self.entries.append(entry)
        if self._listener is not None:
            self._listener(entry)

    def transcript(self) -> list[str]:
        """Give the lines for people."""
        return [entry.line(self.start) for entry in self.entries if entry.told]

    def trace(self) -> str:
        """Give every entry as a line of JSON: the same bytes for the same scenario and seed."""
        return "".join(entry.to_json() + "\n" for entry in self.entries)
