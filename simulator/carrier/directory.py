"""Directory: the numbers, services and other things of the account that people set up by hand."""

import threading
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Row, delete, insert, select, update

from simulator.carrier.errors import UnknownNumber, UnknownResource
from simulator.carrier.resources import AlphaSender, ApiKey, IncomingNumber, MessagingService, TwimlApplication
from simulator.carrier.store import Store, from_micros, to_micros
from simulator.carrier.tables import resources

Resource = IncomingNumber | MessagingService | AlphaSender | TwimlApplication | ApiKey
R = TypeVar("R", IncomingNumber, MessagingService, AlphaSender, TwimlApplication, ApiKey)

_KINDS: dict[str, type[Resource]] = {
    "number": IncomingNumber,
    "service": MessagingService,
    "alpha_sender": AlphaSender,
    "application": TwimlApplication,
    "key": ApiKey,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class Directory:
    """Hold the account's resources in memory and write every change through. Thread-safe.

    They are few beside the messages, and each message asks for several, so they never cost a query.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._by_sid: dict[str, Resource] = {}
        self._by_phone: dict[str, IncomingNumber] = {}
        self.reload()

    def reload(self) -> None:
        """Read all resources from the store, after it was filled in another way than through here."""
        with self._lock, self._store.read() as connection:
            self._by_sid.clear()
            self._by_phone.clear()
            for row in connection.execute(select(resources).order_by(resources.c.sequence)):
                self._remember(as_resource(row))

    def _remember(self, resource: Resource) -> None:
        self._by_sid[resource.sid] = resource
        if isinstance(resource, IncomingNumber):
            self._by_phone[resource.phone_number] = resource

    def add(self, resource: R) -> R:
        """Write a new resource."""
        row = {"sid": resource.sid, "kind": _NAMES[type(resource)], "document": _encoded(resource)}
        with self._lock:
            with self._store.write() as connection:
                connection.execute(insert(resources), row)
            self._remember(resource)
        return resource

    def change(self, kind: type[R], sid: str, at: datetime, **changes: Any) -> R:
        """Change fields of a resource; raise `UnknownResource` when there is none of that kind."""
        with self._lock:
            changed = replace(self.get(kind, sid), updated_at=at, **changes)
            with self._store.write() as connection:
                connection.execute(update(resources).where(resources.c.sid == sid).values(document=_encoded(changed)))
            self._remember(changed)
        return changed

    def remove(self, sid: str) -> None:
        """Delete a resource; raise `UnknownResource` when it is not there."""
        with self._lock:
            if sid not in self._by_sid:
                raise UnknownResource(f"The account has nothing with the sid {sid}.")
            with self._store.write() as connection:
                connection.execute(delete(resources).where(resources.c.sid == sid))
            gone = self._by_sid.pop(sid)
            if isinstance(gone, IncomingNumber):
                self._by_phone.pop(gone.phone_number, None)

    def get(self, kind: type[R], sid: str) -> R:
        """Give one resource; raise `UnknownResource` when there is none of that kind."""
        found = self._by_sid.get(sid)
        if not isinstance(found, kind):
            raise UnknownResource(f"The account has no {_NAMES[kind]} {sid}.")
        return found

    def every(self, kind: type[R], where: Callable[[R], bool] = lambda _: True) -> tuple[R, ...]:
        """Give the resources of a kind in the order in which they were made."""
        with self._lock:
            return tuple(r for r in self._by_sid.values() if isinstance(r, kind) and where(r))

    def number(self, phone: str) -> IncomingNumber:
        """Give the number with this E.164; raise `UnknownNumber` with the ones there are."""
        found = self._by_phone.get(phone)
        if found is None:
            own = ", ".join(list(self._by_phone)[:5]) or "none yet"
            raise UnknownNumber(
                f"{phone} is no number of this account; it has {own}. Add it first, or text one of them."
            )
        return found

    def find_number(self, phone: str) -> IncomingNumber | None:
        """Give the number with this E.164, or None."""
        return self._by_phone.get(phone)

    def pool(self, service_sid: str) -> tuple[IncomingNumber, ...]:
        """Give the numbers and short codes of a service in the order in which they were made."""
        return self.every(IncomingNumber, lambda number: number.service_sid == service_sid)


def scope_of(number: IncomingNumber) -> str:
    """Give the scope in which an opt-out by this number holds: its service, or the number alone."""
    return number.service_sid or number.phone_number


def _encoded(resource: Resource) -> dict[str, Any]:
    document = asdict(resource)
    for name in ("created_at", "updated_at"):
        document[name] = to_micros(document[name])
    return document


def as_resource(row: Row[Any]) -> Resource:
    """Give a row as the resource that it holds."""
    kind, document = _KINDS[row.kind], row.document
    known = {field.name for field in fields(kind)}
    values = {name: value for name, value in document.items() if name in known}
    for name in ("created_at", "updated_at"):
        values[name] = from_micros(values[name])
    return kind(**values)
