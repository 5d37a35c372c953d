"""Consent: an append-only ledger of opt-outs and opt-ins by (phone, sender), never by profile (R14, R20)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConsentState(StrEnum):
    """Name where a pair of phone and sender stands. A pair that never said anything is `UNSET`."""

    UNSET = "unset"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """Hold one entry of the ledger: from `at` on, `phone` is in `state` for `sender`, because of `cause`."""

    phone: str
    sender: str
    state: ConsentState
    at: datetime
    cause: str
    message_sid: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentLedger:
    """Compute the state of any (phone, sender) at any time from the entries, in the order they were written.

    Entries of one time count in the order of writing, so a later entry wins.
    """

    changes: tuple[ConsentChange, ...] = ()

    @classmethod
    def of(cls, changes: Iterable[ConsentChange]) -> "ConsentLedger":
        """Make a ledger of entries in the order of writing."""
        return cls(tuple(changes))

    def last(self, phone: str, sender: str, at: datetime | None = None) -> ConsentChange | None:
        """Give the entry that is in force for the pair, now or at a time, or None."""
        found: ConsentChange | None = None
        for change in self.changes:
            if (change.phone, change.sender) != (phone, sender) or (at is not None and change.at > at):
                continue
            if found is None or change.at >= found.at:
                found = change
        return found

    def state(self, phone: str, sender: str, at: datetime | None = None) -> ConsentState:
        """Give the state of the pair, now or at a time."""
        last = self.last(phone, sender, at)
        return last.state if last else ConsentState.UNSET

    def opted_out_senders(self, phone: str) -> tuple[str, ...]:
        """Name the senders that may not write to the number (R20, R21)."""
        senders = dict.fromkeys(change.sender for change in self.changes if change.phone == phone)
        return tuple(s for s in senders if self.state(phone, s) is ConsentState.OPTED_OUT)
