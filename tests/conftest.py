"""What every test shares: loopback is the only network there is, and workspaces on each kind of store."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from inbound_core import Sender, Workspace
from tests.campaign_cases import Carrier
from tests.stores import KINDS, SENDER, SteppingClock, end_postgresql, store_url

if TYPE_CHECKING:
    from simulator.carrier.records import WebhookAttempt

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


@pytest.fixture(scope="session", autouse=True)
def no_server_is_left() -> Iterator[None]:
    """End the PostgreSQL of the tests with the run."""
    yield
    end_postgresql()


@pytest.fixture(scope="session", autouse=True)
def refused_webhooks() -> Iterator[list[str]]:
    """Let Twilio's own validator judge every webhook of the whole run, and collect those that it would refuse."""
    from simulator.carrier.account import Account
    from tests.signatures import is_signed

    record, refused = Account.record, []

    def judged(account: Account, attempt: "WebhookAttempt") -> None:
        # Nothing was sent without headers; and where a test spoils signatures on purpose, refusing them is the point.
        spoiled = any(plan.kind == "bad_signature" for plan in getattr(account.interference, "plans", ()))
        if attempt.headers and not spoiled:
            form = attempt.form if attempt.method == "POST" else ()
            signature = attempt.headers["X-Twilio-Signature"]
            if not is_signed(account.config.auth_token, attempt.url, form, signature):
                refused.append(f"{attempt.method} {attempt.url} of {attempt.message_sid}")
        record(account, attempt)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Account, "record", judged)
        yield refused


@pytest.fixture(autouse=True)
def no_webhook_is_refused(refused_webhooks: list[str]) -> Iterator[None]:
    """Fail the test during which a webhook was signed wrongly."""
    yield
    found = list(refused_webhooks)
    refused_webhooks.clear()
    assert found == [], "Twilio's RequestValidator refuses what was sent"


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


@pytest.fixture
def carrier(any_ws: Workspace) -> Carrier:
    """Give the carrier that takes what the workspace on each kind of store sends."""
    any_ws.outgoing.transport = carrier = Carrier()
    return carrier


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command on a workspace of its own, and see that it ends with the right exit code."""
    from simulator.cli import cli

    monkeypatch.setenv("INBOUND_WORKSPACE", str(tmp_path / "ws"))
    monkeypatch.delenv("INBOUND_DATABASE", raising=False)

    def call(*arguments: str, code: int = 0, text: str | None = None) -> Result:
        result = CliRunner().invoke(cli, arguments, input=text)
        assert result.exit_code == code, result.output
        return result

    return call
