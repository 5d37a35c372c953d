"""Lessons: a notebook that is run again begins where it began the first time, also on a workspace that is kept.

Whom it created and which handsets texted is noted per lesson in the workspace's folder; starting over deletes those
people and lets those handsets text START, as a person would. People who were there before the lesson get back the
attributes that they had. Anonymous events stay: nothing undoes them (R17).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from inbound_core.workspace import Workspace
from simulator.places import write_private

FILE = "lessons.json"


class LessonNotes:
    """Note what a lesson touched; without a folder (a workspace in memory) there is nothing to note."""

    def __init__(self, lesson: str, folder: Path | None = None) -> None:
        self.lesson = lesson
        self._path = folder / FILE if folder and lesson else None

    def _all(self) -> dict[str, dict[str, Any]]:
        if self._path is None or not self._path.is_file():
            return {}
        notes: dict[str, dict[str, Any]] = json.loads(self._path.read_text(encoding="utf-8"))
        return notes

    def note(self, kind: str, name: str) -> None:
        """Remember a profile (`people`) or a handset (`handsets`)."""
        if self._path is None:
            return
        notes = self._all()
        names = notes.setdefault(self.lesson, {}).setdefault(kind, [])
        if name not in names:
            names.append(name)
            write_private(self._path, notes)

    def keep(self, profile_id: str, attributes: Mapping[str, Any]) -> None:
        """Remember what somebody was like before the lesson, unless she is the lesson's own or it is known already."""
        if self._path is None or profile_id in self.touched("people"):
            return
        notes = self._all()
        before = notes.setdefault(self.lesson, {}).setdefault("before", {})
        if profile_id not in before:
            before[profile_id] = dict(attributes)
            write_private(self._path, notes)

    def before(self) -> dict[str, dict[str, Any]]:
        """Give the attributes that people had before the lesson, by their ids."""
        return dict(self._all().get(self.lesson, {}).get("before", {}))

    def touched(self, kind: str) -> tuple[str, ...]:
        """Give what the lesson touched before."""
        return tuple(self._all().get(self.lesson, {}).get(kind, ()))

    def forget(self) -> None:
        """Forget the lesson's notes, once it has been started over."""
        if self._path is not None and self._path.is_file():
            notes = self._all()
            if notes.pop(self.lesson, None) is not None:
                write_private(self._path, notes)


def start_over(notes: LessonNotes, workspace: Workspace, text: Callable[[str, str, str], object]) -> None:
    """Put a lesson's people and opt-outs back to where they were before it; `text` is (handset, body, number)."""
    for profile_id in notes.touched("people"):
        workspace.delete(profile_id)
    for profile_id, attributes in notes.before().items():
        found = workspace.profile(profile_id)
        if found is not None:
            workspace.identify(profile_id, dict.fromkeys(found.attributes) | attributes)
    for handset in notes.touched("handsets"):
        for number in _numbers_of(workspace, workspace.consent(handset).opted_out_senders(handset)):
            text(handset, "START", number)
    notes.forget()


def _numbers_of(workspace: Workspace, keys: Iterable[str]) -> list[str]:
    """Give one number for each sender that a service's sid or a number names."""
    first = {sender.key: sender.phone for sender in reversed(workspace.senders())}
    return [first[key] for key in keys if key in first]
