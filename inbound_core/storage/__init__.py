"""Storage: tables and queries over SQLAlchemy, the same on SQLite and PostgreSQL."""

from inbound_core.storage.opening import StoreError, open_engine
from inbound_core.storage.store import Store

__all__ = ["Store", "StoreError", "open_engine", "open_store"]


def open_store(url: str = "sqlite://") -> Store:
    """Open a store by URL, made on first use: `sqlite://` in memory, `sqlite:///file`, `postgresql://...`."""
    return Store(open_engine(url))
