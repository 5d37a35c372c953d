"""Workspace settings: the policy and the region in force, also when another process changes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import Connection

from inbound_core.errors import SetupError
from inbound_core.policy import Policy
from inbound_core.regions import PlatformRegion
from inbound_core.storage import Store, sending


class WorkspaceSettings:
    """Hold the settings of one store. Give `policy` and `region` as they were at the last look."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: tuple[Any, Any] | None = None
        with store.read() as connection:
            self._look(connection)

    def reload(self) -> None:
        """Look again, after the store was filled in another way than through here."""
        with self._store.read() as connection:
            self._look(connection)

    @contextmanager
    def kept_with(self) -> Iterator[None]:
        """Forget what was set within the block when its transaction does not come about."""
        try:
            yield
        except BaseException:
            self.reload()
            raise

    def follow(self, connection: Connection) -> Policy:
        """Give the policy as it stands in a transaction: a notebook may set it and a simulator go by it."""
        if self._store.shared:
            self._look(connection)
        return self.policy

    def set_policy(self, connection: Connection, switches: dict[str, Any]) -> Policy:
        """Set switches as part of a transaction; raise `PolicyError` for one that does not exist."""
        policy = self.follow(connection).changed(**switches)
        sending.put_setting(connection, "policy", policy.to_dict())
        self._look(connection)
        return policy

    def set_region(self, connection: Connection, region: PlatformRegion | str) -> None:
        """Set the region as part of a transaction; raise `SetupError` for another than `us` and `eu`."""
        try:
            chosen = PlatformRegion(region)
        except ValueError as error:
            raise SetupError(f"{region!r} is no region. A workspace lives in 'us' or 'eu'.") from error
        sending.put_setting(connection, "region", str(chosen))
        self._look(connection)

    def _look(self, connection: Connection) -> None:
        found = sending.settings_of(connection, "policy", "region")
        if found != self._found:
            self.policy = Policy.from_dict(found[0] or {})
            self.region = PlatformRegion(found[1] or "us")
            self._found = found
