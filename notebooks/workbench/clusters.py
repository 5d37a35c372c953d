"""Clusters: the profiles on one number, what a message or a STOP would do to each, and what a merge would leave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from inbound_core.profiles import Profile, Resolution, resolve_profile


@dataclass(frozen=True, slots=True)
class Cluster:
    """Hold the profiles that share a number, the oldest first, and the resolution that says which one answers."""

    phone: str
    resolution: Resolution
    opted_out_of: tuple[str, ...] = ()

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """Give the profiles, the oldest first."""
        return self.resolution.sharing

    @property
    def spellings(self) -> tuple[str, ...]:
        """Give the ways in which the number is written."""
        return tuple(dict.fromkeys(profile.phone or "" for profile in self.profiles))


def cluster_of(
    phone: str, profiles: Iterable[Profile], tie_break: Any = "stored_first", out_of: Sequence[str] = ()
) -> Cluster:
    """Gather a number's profiles by the engine's own resolution (R12)."""
    return Cluster(phone, resolve_profile(phone, profiles, tie_break), tuple(out_of))


@dataclass(frozen=True, slots=True)
class MergedValue:
    """Say what an attribute would be after a merge: whose value stays, and which values would be lost."""

    name: str
    value: Any
    kept_from: str
    lost: tuple[tuple[str, Any], ...]


def merge_dry_run(profiles: Sequence[Profile]) -> list[MergedValue]:
    """Say what merging into the oldest would leave: its own values, and gaps filled from the next oldest.

    Nothing is changed. Values that differ from the one that stays are listed as lost, with whose they were.
    """
    names = dict.fromkeys(name for profile in profiles for name in profile.attributes)
    return [_merged(name, profiles) for name in names]


def _merged(name: str, profiles: Sequence[Profile]) -> MergedValue:
    having = [profile for profile in profiles if name in profile.attributes]
    kept = having[0]
    value = kept.attributes[name]
    lost = tuple((p.id, p.attributes[name]) for p in having[1:] if p.attributes[name] != value)
    return MergedValue(name, value, kept.id, lost)
