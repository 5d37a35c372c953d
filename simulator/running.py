"""Running: a whole simulator, both sides on one port, from its start to its clean stop."""

import secrets
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any

from inbound_core.senders import Sender
from inbound_core.workspace import Workspace
from simulator import guard
from simulator.app import AppConfig, create_app
from simulator.carrier import Carrier, CarrierConfig, CarrierMessage, SeededIds
from simulator.clock import Clock
from simulator.connecting import OWN_NUMBER, SERVICE_NAME, SERVICE_NUMBERS, connect, transport_to
from simulator.faults import Faults
from simulator.follow_up_runner import FollowUpRunner
from simulator.live_credentials import refuse_live
from simulator.outcomes import TextOutcome
from simulator.places import Account, Place
from simulator.scenarios.api_faults import install_api_faults
from simulator.search import search_messages
from simulator.serving import listen, serve_app
from simulator.texting import text
from simulator.waiting import Wanted, wait_for
from simulator.wall_clock import WallClock

__all__ = ["OWN_NUMBER", "SERVICE_NAME", "SERVICE_NUMBERS", "Simulator", "SimulatorConfig", "start"]


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """Describe a simulator to start. Everything lives in memory unless a place or a database is given.

    `port` 0 means any free one. `threads` is how many requests are answered at the same time. With a
    `seed` the carrier's sids are the same ones each time. A `host` that others can reach needs a `password`.
    """

    place: Place | None = None
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    threads: int = 32
    allowed_hosts: tuple[str, ...] = ()
    webhook_hosts: tuple[str, ...] = ()
    account: Account | None = None
    seed: str | None = None
    password: str | None = field(default=None, repr=False)


class Simulator:
    """Hold a running simulator: `workspace` (the platform), `carrier` (Twilio), and the port both answer on.

    Use it in a `with` block, or call `close`.
    """

    def __init__(self, config: SimulatorConfig | None = None, clock: Clock | None = None) -> None:
        self.config = config = config or SimulatorConfig()
        self.clock = clock or WallClock()
        place = config.place
        self.account = config.account or (place.account() if place else Account.new())
        guard.check_address(config.host, config.password)
        refuse_live(account_sid=self.account.account_sid, auth_token=self.account.auth_token)
        self.token = secrets.token_urlsafe(24)
        self._closed = False
        with ExitStack() as undo:
            listener = undo.enter_context(listen(config.host, config.port))
            self.url = f"http://{_reached_at(config.host)}:{listener.getsockname()[1]}"
            store_url = config.database_url or (place.platform_url if place else "sqlite://")
            self.workspace = undo.enter_context(Workspace.open(store_url, now=self._now))
            ids = None if config.seed is None else SeededIds(config.seed)
            self.faults = Faults(self.clock)
            self.carrier = Carrier(self._carrier_config(), self.clock, ids, self.faults)
            undo.callback(self.carrier.close)
            self._connect()
            self._follow_ups = FollowUpRunner(self.workspace, self.carrier, self.clock)
            self.app = create_app(self._app_config())
            install_api_faults(self.app, self.faults, real_waits=isinstance(self.clock, WallClock))
            self._server = serve_app(self.app, listener, config.threads, self.token)
            undo.pop_all()

    def _now(self) -> datetime:
        return self.clock.now()

    def _app_config(self) -> AppConfig:
        config = self.config
        hosts = (*config.allowed_hosts, config.host)
        return AppConfig(
            self.workspace,
            self.carrier,
            self.account,
            self.token,
            hosts,
            config.password,
            self.faults,
            self.inbound_url,
        )

    def _carrier_config(self) -> CarrierConfig:
        place, account = self.config.place, self.account
        return CarrierConfig(
            account_sid=account.account_sid,
            auth_token=account.auth_token,
            database_url=place.carrier_url if place else "sqlite://",
            public_url=self.url,
            allowed_hosts=("127.0.0.1", "localhost", "::1", self.config.host, *self.config.webhook_hosts),
        )

    def _connect(self) -> None:
        """Join both sides: replies to the receiver, messages to the carrier, follow-ups when they are due."""
        connect(self.workspace, self.carrier, self.inbound_url)
        self.workspace.outgoing.transport = transport_to(self.url, self.account)

    @property
    def inbound_url(self) -> str:
        """Give the address that the messaging service's Inbound Request Config names (R4)."""
        return f"{self.url}/inbound/sms"

    def add_managed_number(self, phone: str) -> None:
        """Add a number as the platform itself sets one up: replies reach it with nothing left to do (R5)."""
        self.carrier.add_number(phone, sms_url=self.inbound_url)
        self.workspace.add_sender(Sender(phone, managed=True))

    def text(self, from_phone: str, body: str, to_phone: str | None = None) -> TextOutcome:
        """Let a handset text one of the platform's numbers and give both sides of what happened."""
        return text(self.workspace, self.carrier, from_phone, body, to_phone)

    def search(self, words: str, limit: int = 50) -> list[CarrierMessage]:
        """Find messages by the words that the page takes too, newest first.

        >>> with start() as simulator:
        ...     _ = simulator.text("+12025550101", "STOP")
        ...     [message.body for message in simulator.search("keyword:stop is:anonymous")]
        ['STOP']
        """
        return search_messages(self.workspace, self.carrier, words, limit)

    def wait_for(self, match: str | None = None, seconds: float = 5.0, **more: Any) -> list[CarrierMessage]:
        """Wait until a message has come, and give it; `more` are fields of `Wanted`, such as `to` and `count`.

        `match` is its whole text, or a `/regular expression/`. Raise `NoSuchMessage`, with the near misses.
        """
        changes = self.app.extensions["inbound_changes"]
        return wait_for(self.carrier, changes, Wanted(match=match, **more), seconds)

    def close(self) -> None:
        """Stop listening, finish what is under way, and let go of both stores; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        self.app.extensions["inbound_changes"].close()
        self._follow_ups.close()
        self._server.stop()
        self.carrier.close()
        self.clock.close()
        self.workspace.close()

    def __enter__(self) -> "Simulator":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _reached_at(host: str) -> str:
    """Give the host of the addresses that are handed out: a wildcard is none, and IPv6 stands in brackets."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared with, not bound to
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def start(config: SimulatorConfig | None = None, clock: Clock | None = None) -> Simulator:
    """Start a simulator on a free port of 127.0.0.1 and give it running; see `Simulator`.

    Raise `PortTaken` when the port is in use, and `StoreError` when a store cannot be opened.

    >>> with start() as simulator:
    ...     outcome = simulator.text("+12025550101", "STOP")
    """
    return Simulator(config, clock)
