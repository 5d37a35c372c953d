"""Account: what every part of the fake Twilio works on, held together."""

import threading
from dataclasses import dataclass, field

from simulator.carrier import fetching, log_store, message_store
from simulator.carrier.bus import Bus, Lanes, Pending
from simulator.carrier.config import CarrierConfig
from simulator.carrier.directory import Directory
from simulator.carrier.ids import Ids
from simulator.carrier.interference import Interference, Wire
from simulator.carrier.opt_out import OptOutList
from simulator.carrier.phone_numbers import is_toll_free
from simulator.carrier.records import Alert, CarrierMessage, Media, WebhookAttempt
from simulator.carrier.store import Store
from simulator.clock import Clock


@dataclass
class Account:
    """Hold the store, the clock and the lists of one account; write messages and logs and tell the listeners."""

    config: CarrierConfig
    clock: Clock
    ids: Ids
    store: Store
    directory: Directory = field(init=False)
    opt_outs: OptOutList = field(init=False)
    bus: Bus = field(init=False)
    #: What `wait_idle` waits for, and the part of it that is on a thread right now.
    pending: Pending = field(default_factory=Pending)
    running: Pending = field(default_factory=Pending)
    lanes: Lanes = field(init=False)
    public_url: str = ""
    interference: Interference = field(default_factory=Interference)
    wire: Wire = fetching.exchange
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.directory = Directory(self.store)
        self.opt_outs = OptOutList(self.store)
        self.bus = Bus(self.clock)
        self.lanes = Lanes(self.clock, self.pending, self.running)
        self.public_url = self.config.public_url

    def blocked_by_network(self, sender: str) -> bool:
        """Tell whether it is the network, not Twilio, that keeps a sender from those who said STOP to it."""
        return self.config.toll_free_block_code == 30004 and is_toll_free(sender)

    def write(self, message: CarrierMessage, media: tuple[Media, ...] = ()) -> CarrierMessage:
        """Write a new message, durable on return; give it with its place in the order of writing."""
        if media:
            with self.store.write() as connection:
                sequence = message_store.add(connection, message)
                message_store.add_media(connection, message.sid, media, message.created_at)
        else:
            sequence = self.store.insert(message_store.ADD, message_store.row_of(message))
        # The record is new here and nobody else has it yet: setting the one field beats copying thirty.
        object.__setattr__(message, "sequence", sequence)
        self.bus.tell("message", message)
        return message

    def move(self, steps: list[tuple[CarrierMessage, CarrierMessage]]) -> None:
        """Write new states of messages in one transaction."""
        self.store.run(message_store.moves(steps))
        for _, after in steps:
            self.bus.tell("message", after)

    def record(self, attempt: WebhookAttempt) -> None:
        """Write down one request to an application."""
        log_store.add_attempt(self.store, attempt)
        self.bus.tell("attempt", attempt)

    def alert(self, alert: Alert) -> None:
        """Write down one alert."""
        with self.store.write() as connection:
            log_store.add_alert(connection, alert)
        self.bus.tell("alert", alert)
