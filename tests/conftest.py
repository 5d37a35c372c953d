"""What every test shares: loopback is the only network there is, and workspaces on each kind of store."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inbound_core import Sender, Workspace
from tests.stores import KINDS, SENDER, SteppingClock, store_url

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any connection that leaves this machine, naming the address it went for."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"a test tried to reach {address!r}; tests may reach loopback only")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def ws(clock: SteppingClock) -> Iterator[Workspace]:
    """Give an empty workspace in memory with one sender."""
    with Workspace.open(now=clock) as workspace:
        workspace.add_sender(Sender(SENDER))
        yield workspace


@pytest.fixture(params=[pytest.param(k, marks=pytest.mark.postgres if k == "postgresql" else ()) for k in KINDS])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty store, once for each kind of store."""
    with store_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def any_ws(any_url: str, clock: SteppingClock) -> Iterator[Workspace]:
    """Give an empty workspace with one sender, once on each kind of store."""
    with Workspace.open(any_url, now=clock) as workspace:
        workspace.add_sender(Sender(SENDER))
        yield workspace
