"""Bench: the simulator that a notebook works with, and what a reader does with it in one word each."""

import os
import weakref
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MethodType
from typing import Any

from inbound_core.errors import InboundError
from inbound_core.people_import import read_time
from inbound_core.profiles import Profile
from inbound_core.senders import Sender
from inbound_core.texts import storable
from inbound_core.workspace import Workspace
from simulator import Simulator, SimulatorConfig, start
from simulator.carrier import Carrier, CarrierError, HandsetMessage
from simulator.carrier.advanced_opt_out import AdvancedOptOut, Wording
from simulator.carrier.opt_out import Keyword
from simulator.clock import VirtualClock
from simulator.places import DEFAULT_FOLDER, Account, Place, Serving
from workbench.lessons import LessonNotes, start_over
from workbench.told import Notice, Told
from workbench.wires import FarWire, Side, Wire

#: A simulator in memory begins at this time each time, and moves one minute with each text.
LESSON_BEGINS = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_ACCOUNT = Account("AC" + "0" * 31 + "1", "lesson" + "0" * 26, "lesson-site", "lesson-key")


class Bench:
    """Hold both sides for a notebook: `workspace` (the platform), `wire` (Twilio), and the words to act with.

    Widgets `listen` for changes. What a rule refuses comes back as a `Notice`, so that a lesson goes on.
    """

    def __init__(
        self,
        workspace: Workspace,
        wire: Wire,
        side: Side,
        clock: VirtualClock | None = None,
        notes: LessonNotes | None = None,
    ) -> None:
        self.workspace = workspace
        self.wire = wire
        self.clock = clock
        self.closed = False
        self._side = side
        self._notes = notes or LessonNotes("")
        self._listeners: list[weakref.WeakMethod[Callable[[], None]]] = []
        start_over(self._notes, workspace, side.text)
        newest = workspace.activity(limit=1)
        #: What a checklist counts comes after this entry of the activity log.
        self.began = newest[-1].number if newest else 0
        self._before = wire.sids() if isinstance(wire, FarWire) else frozenset()
        #: The people of this lesson, the newest last; widgets show them first.
        self.own_people: dict[str, None] = {}
        self._seen = self._state()

    # -- doing ------------------------------------------------------------------------------------------

    def identify(self, profile_id: str, created: str = "", /, **attributes: Any) -> Profile:
        """Create or update a profile, as an application does; `created` is its age, such as "2023-05-01"."""
        found = self.workspace.profile(profile_id)
        if found is None:
            self._notes.note("people", profile_id)
        else:
            self._notes.keep(profile_id, found.attributes)
        self.own_people[profile_id] = None
        profile = self.workspace.identify(profile_id, attributes, read_time(created) if created else None)
        self.changed()
        return profile

    def text(self, from_phone: str, body: str, to_phone: str | None = None) -> Told | Notice:
        """Let a handset text one of the platform's numbers, and show what came of it on both sides."""
        try:
            return self.deliver(from_phone, body, to_phone)
        except (InboundError, CarrierError) as error:
            return Notice(False, "Not texted", str(error))

    def deliver(self, from_phone: str, body: str, to_phone: str | None = None) -> Told:
        """Text as `text` does; raise `InboundError` or `CarrierError` for what cannot be texted."""
        from_phone = storable(from_phone)
        if self.clock is not None:
            self.clock.advance(60)
        self._notes.note("handsets", from_phone)
        before = {message.sid for message in self.heard(from_phone)}
        outcome = self._side.text(from_phone, body, to_phone)
        self.follow_up()
        since = self.heard(outcome.from_phone)
        self.changed()
        return Told(outcome, self.names(), tuple(m for m in since if m.sid not in before))

    def send(self, to: Any, body: str, sender: str | None = None) -> Notice:
        """Let the platform send to a profile or number; a refusal comes back with its reason (R16, R21)."""
        try:
            to = storable(to) if isinstance(to, str) else to
            if isinstance(self.wire, FarWire):
                self.wire.find_again()
            sent = self.workspace.send(to, body, sender or self.senders()[0].key)
        except (InboundError, CarrierError) as error:
            self.changed()
            return Notice(False, "Refused", self.readable(str(error)))
        self.settle()
        self.changed()
        return Notice(True, sent.status.capitalize(), f"{sent.message.body!r} to {sent.message.to_phone}.")

    def add_managed_number(self, phone: str) -> str:
        """Add a number as the platform itself sets one up, and give it back (R5)."""
        self._side.add_managed_number(phone)
        self.changed()
        return phone

    def advanced_opt_out(self, stop_words: Sequence[str], stop_answer: str) -> Notice:
        """Give the messaging service words and an answer of its own, as Twilio's console does (R24)."""
        if not isinstance(self.wire, Carrier):
            text = "The simulator runs elsewhere: set it on its page, or try it on connect(in_memory=True)."
            return Notice(False, "Not set", text)
        lists = AdvancedOptOut()
        service = self.wire.services()[0]
        try:
            lists = AdvancedOptOut({**lists.standard, Keyword.STOP: Wording(tuple(stop_words), stop_answer)})
            self.wire.set_advanced_opt_out(service.sid, lists)
        except (InboundError, CarrierError) as error:
            return Notice(False, "Not set", str(error))
        self.changed()
        return Notice(True, "Set", f"“{service.friendly_name}” now goes by words of its own: {', '.join(stop_words)}.")

    def follow_up(self) -> None:
        """Send what campaigns have due by now, and wait until it has arrived."""
        if self.workspace.campaigns.run_due():
            self.settle()

    def settle(self) -> None:
        """Wait until what is on its way has arrived, as far as this side can tell."""
        if isinstance(self.wire, Carrier):
            self.wire.wait_idle(10)

    def pass_time(self, **span: float) -> Notice:
        """Move the lesson's clock on, such as `pass_time(days=30)`; a running simulator has the time of day."""
        if self.clock is None:
            return Notice(False, "Not moved", "This simulator goes by the real clock, so time passes by itself.")
        self.clock.advance(timedelta(**span).total_seconds())
        self.follow_up()
        self.changed()
        return Notice(True, "Moved", f"It is {self.clock.now():%A, %d %B %Y, %H:%M} UTC now.")

    # -- looking ----------------------------------------------------------------------------------------

    def heard(self, handset: str) -> list[HandsetMessage]:
        """Give what a handset got since the lesson began."""
        return [m for m in self.wire.conversation(handset) if m.incoming and self.is_new(m.sid)]

    def is_new(self, message_sid: str) -> bool:
        """Tell whether a message came to be since the lesson began; no clock is asked, as a simulator may hold its."""
        return message_sid not in self._before

    def senders(self) -> tuple[Sender, ...]:
        """Give the platform's own numbers."""
        return self.workspace.senders()

    def names(self) -> dict[str, str]:
        """Give the names of messaging services by their sids."""
        return {service.sid: f"“{service.friendly_name}”" for service in self.wire.services()}

    def readable(self, text: str) -> str:
        """Write a sentence with the names of services in place of their sids."""
        from workbench.naming import readable

        return readable(text, self.names())

    def sender_name(self, key: str) -> str:
        """Call a sender by the name of its service, or by its number."""
        return next((s.friendly_name for s in self.wire.services() if s.sid == key), key)

    # -- telling ----------------------------------------------------------------------------------------

    def listen(self, listener: Callable[[], None]) -> None:
        """Call a widget's method after each change, for as long as the widget lives."""
        if not isinstance(listener, MethodType):
            raise TypeError("Only a widget's own method can listen: it ends with the widget.")
        self._listeners.append(weakref.WeakMethod(listener))

    def changed(self) -> None:
        """Tell every widget that something may have changed."""
        self._seen = self._state()
        alive = []
        for reference in self._listeners:
            listener = reference()
            if listener is not None:
                alive.append(reference)
                listener()
        self._listeners = alive

    def look_again(self) -> bool:
        """Tell the widgets if somebody else changed something since; give whether that was so."""
        if self._state() == self._seen:
            return False
        self.changed()
        return True

    def _state(self) -> tuple[object, ...]:
        newest = self.workspace.activity(limit=1)
        stamp = self.wire.stamp() if isinstance(self.wire, FarWire) else len(self.wire.attempts())
        return (newest[-1].number if newest else 0, stamp)

    # -- showing ----------------------------------------------------------------------------------------

    def close(self) -> None:
        """End the simulator that was started here, or let go of the one that runs elsewhere."""
        self.closed = True
        if isinstance(self._side, Simulator):
            self._side.close()
        else:
            self.wire.close()
            self.workspace.close()

    def where(self) -> str:
        """Say where both sides run."""
        if self.clock is not None:
            begins = f"{LESSON_BEGINS:%A, %d %B %Y, %H:%M} UTC"
            return f"Both sides run in this notebook's memory; their clock starts on {begins}."
        return "Connected to the simulator that is running; what you do here shows there too."

    def __repr__(self) -> str:
        return f"<Bench: {self.where()}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show itself as a card, which brings the style sheet into the page."""
        from workbench.bench_card import BenchCard

        return BenchCard(self)._repr_mimebundle_(**kwargs)


def connect(lesson: str = "", folder: str | Path | None = None, in_memory: bool = False) -> Bench:
    """Connect to the simulator that `inbound lab` or `inbound serve` runs, or start one in memory.

    The workspace is `folder`, or the one that `INBOUND_WORKSPACE` names. `lesson` is the notebook's name: its
    people and opt-outs of an earlier run are put back first. With `in_memory` one is started here in any case.
    """
    chosen = folder or os.environ.get("INBOUND_WORKSPACE")
    place = Place.at(chosen) if chosen or Path(DEFAULT_FOLDER).is_dir() else None
    serving = place.serving() if place and not in_memory else None
    bench = _near() if place is None or serving is None else _far(place, serving, lesson)
    _follow_cells(bench)
    return bench


def _near() -> Bench:
    clock = VirtualClock(LESSON_BEGINS)
    simulator = start(SimulatorConfig(account=_ACCOUNT, seed="lesson"), clock)
    return Bench(simulator.workspace, simulator.carrier, simulator, clock)


def _far(place: Place, serving: Serving, lesson: str) -> Bench:
    workspace = Workspace.open(serving.database_url or place.platform_url)
    wire = FarWire(place, serving, workspace)
    return Bench(workspace, wire, wire, notes=LessonNotes(lesson, place.folder))


def _follow_cells(bench: Bench) -> None:
    """Look again after each cell, so that what a cell changed shows in the widgets above it."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    # Weakly, for a cell that connects is run again and again.
    known = weakref.ref(bench)

    def look_again(*_: object) -> None:
        followed = known()
        if followed is None or followed.closed:
            shell.events.unregister("post_run_cell", look_again)
        else:
            followed.look_again()

    shell.events.register("post_run_cell", look_again)
