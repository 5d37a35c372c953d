"""Wires: the carrier's side as widgets see it, of a simulator in this kernel or of one in another process."""

from pathlib import Path
from typing import Protocol

import requests

from inbound_core.senders import Sender
from inbound_core.workspace import Workspace
from simulator.carrier import HandsetMessage, IncomingNumber, MessagingService, WebhookAttempt
from simulator.client import SimulatorClient, SimulatorError
from simulator.connecting import transport_to
from simulator.outcomes import TextOutcome
from simulator.places import Place, Serving


class Wire(Protocol):
    """Stand for what can be seen of the carrier; `simulator.carrier.Carrier` is one."""

    def numbers(self) -> tuple[IncomingNumber, ...]:
        """Give the platform's numbers."""

    def services(self) -> tuple[MessagingService, ...]:
        """Give the messaging services."""

    def handsets(self) -> tuple[str, ...]:
        """Give every handset that wrote or was written to."""

    def conversation(self, handset: str, number: str | None = None) -> tuple[HandsetMessage, ...]:
        """Give what the screen of a handset shows, oldest first."""

    def attempts(self, message_sid: str | None = None, limit: int = 1000) -> tuple[WebhookAttempt, ...]:
        """Give the requests to applications, oldest first."""

    def opted_out(self, handset: str, scope: str) -> bool:
        """Tell whether the carrier's own list has the pair."""

    def close(self) -> None:
        """Let go of what it holds."""


class Side(Protocol):
    """Stand for whatever a handset can text through: `simulator.Simulator`, or `FarWire` for one elsewhere."""

    def text(self, from_phone: str, body: str, to_phone: str | None = None) -> TextOutcome:
        """Text one of the platform's numbers."""

    def add_managed_number(self, phone: str) -> None:
        """Add a number that the platform manages itself (R5)."""


class FarWire:
    """Look at the carrier of a simulator in another process, through its own store; nothing is written there."""

    def __init__(self, place: Place, serving: Serving, workspace: Workspace) -> None:
        from simulator.carrier.opt_out import OptOutList
        from simulator.carrier.store import Store

        self._store = Store(place.carrier_url)
        self._files = [place.folder / "carrier.db", place.folder / "carrier.db-wal"]
        self._opt_outs = OptOutList
        self._account = place.account()
        self._workspace = workspace
        self._place = place
        self._follow(serving)

    def _follow(self, serving: Serving) -> None:
        """Speak to the simulator at an address, with the token of its run."""
        self._serving = serving
        self._workspace.outgoing.transport = transport_to(serving.url, self._account)
        self.client = SimulatorClient(serving.url, serving.token)

    def find_again(self) -> bool:
        """Follow a simulator that was ended and started again, at its new address; tell whether there is one."""
        serving = self._place.serving()
        if serving is None or serving == self._serving:
            return False
        self._follow(serving)
        return True

    def numbers(self) -> tuple[IncomingNumber, ...]:
        """Give the platform's numbers."""
        from simulator.carrier.directory import Directory

        return Directory(self._store).every(IncomingNumber)

    def services(self) -> tuple[MessagingService, ...]:
        """Give the messaging services."""
        from simulator.carrier.directory import Directory

        return Directory(self._store).every(MessagingService)

    def handsets(self) -> tuple[str, ...]:
        """Give every handset that wrote or was written to."""
        from simulator.carrier import message_store

        with self._store.read() as connection:
            return message_store.handsets(connection)

    def conversation(self, handset: str, number: str | None = None) -> tuple[HandsetMessage, ...]:
        """Give what the screen of a handset shows, oldest first."""
        from simulator.carrier import message_store

        with self._store.read() as connection:
            return tuple(
                HandsetMessage.of(message) for message in message_store.of_handset(connection, handset, number)
            )

    def sids(self) -> frozenset[str]:
        """Give the sids of all messages that there are, so that later ones can be told from them."""
        from sqlalchemy import select

        from simulator.carrier.tables import messages

        with self._store.read() as connection:
            return frozenset(connection.scalars(select(messages.c.sid)))

    def attempts(self, message_sid: str | None = None, limit: int = 1000) -> tuple[WebhookAttempt, ...]:
        """Give the requests to applications, oldest first."""
        from simulator.carrier import log_store

        with self._store.read() as connection:
            return tuple(log_store.attempts_of(connection, message_sid, limit))

    def opted_out(self, handset: str, scope: str) -> bool:
        """Tell whether the carrier's own list has the pair."""
        return (handset, scope) in self._opt_outs(self._store)

    def text(self, from_phone: str, body: str, to_phone: str | None = None) -> TextOutcome:
        """Let a handset text; raise `SimulatorError` when the simulator is down or refuses."""
        self.find_again()
        return self.client.text(from_phone, body, to_phone)

    def add_managed_number(self, phone: str) -> None:
        """Add a number at the carrier, as the platform itself would, and tell the workspace of it (R5)."""
        self.find_again()
        if phone not in {number.phone_number for number in self.numbers()}:
            self._buy(phone)
        self._workspace.add_sender(Sender(phone, managed=True))

    def _buy(self, phone: str) -> None:
        account, url = self._account, self.client.url
        address = f"{url}/2010-04-01/Accounts/{account.account_sid}/IncomingPhoneNumbers.json"
        values = {"PhoneNumber": phone, "SmsUrl": f"{url}/inbound/sms"}
        with requests.Session() as session:
            session.trust_env = False
            try:
                answer = session.post(address, values, auth=(account.account_sid, account.auth_token), timeout=10)
            except requests.RequestException as error:
                text = (
                    f"The simulator at {url} does not answer, so {phone} is not added. Start it with `inbound serve`."
                )
                raise SimulatorError(text) from error
        if not answer.ok:
            raise SimulatorError(f"The simulator did not add {phone}: {answer.text.strip()[:300]}")

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """Give something that changes whenever the carrier writes."""
        return tuple(_file_stamp(path) for path in self._files)

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()


def _file_stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)
