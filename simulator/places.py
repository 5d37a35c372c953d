"""Places: the folder a workspace is kept in, its credentials, and the note of a running simulator."""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from inbound_core.errors import SetupError
from simulator.live_credentials import made_up
from simulator.whole_files import write_whole

#: Where commands keep a workspace unless told otherwise.
DEFAULT_FOLDER = "inbound-workspace"


class PlaceError(SetupError, OSError):
    """Report a workspace folder that cannot be used, with the cause and the remedy."""


@dataclass(frozen=True, slots=True)
class Account:
    """Hold the fictional credentials of one workspace: the Twilio account's, and the Track API's."""

    account_sid: str
    auth_token: str = field(repr=False)
    site_id: str
    api_key: str = field(repr=False)

    @classmethod
    def new(cls) -> "Account":
        """Make credentials that nobody else has."""
        return cls(made_up("AC"), made_up(), secrets.token_hex(10), secrets.token_hex(10))


@dataclass(frozen=True, slots=True)
class Serving:
    """Describe a running simulator: its address, the token that changes its state, and its process."""

    url: str
    token: str = field(repr=False)
    pid: int
    database_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Hold a workspace folder: `platform.db`, `carrier.db`, `account.json`, and `serving.json` while it runs."""

    folder: Path

    @classmethod
    def at(cls, folder: str | Path | None = None) -> "Place":
        """Use a folder, made for its owner only when it is not there; `INBOUND_WORKSPACE` or `./inbound-workspace`.

        Raise `PlaceError` when it cannot be made or written to.
        """
        place = cls.named(folder)
        try:
            # People, numbers and messages are within, and others may have an account on the machine.
            place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise PlaceError(
                f"The folder {place.folder} cannot be used: {error.strerror}. Name another with --workspace."
            ) from error
        return place

    @classmethod
    def named(cls, folder: str | Path | None = None) -> "Place":
        """Name a folder as `at` does, and make nothing; raise `PlaceError` for a file."""
        path = Path(folder or os.environ.get("INBOUND_WORKSPACE") or DEFAULT_FOLDER).expanduser().absolute()
        if path.is_file():
            raise PlaceError(f"{path} is a file, not a folder. Name a folder with --workspace.")
        return cls(path)

    @property
    def has_platform(self) -> bool:
        """Tell whether the platform's own store is here."""
        return (self.folder / "platform.db").exists()

    @property
    def has_carrier(self) -> bool:
        """Tell whether the carrier's store is here."""
        return (self.folder / "carrier.db").exists()

    @property
    def platform_url(self) -> str:
        """Give the URL of the platform's store."""
        return f"sqlite:///{self.folder / 'platform.db'}"

    @property
    def carrier_url(self) -> str:
        """Give the URL of the carrier's store."""
        return f"sqlite:///{self.folder / 'carrier.db'}"

    def account(self) -> Account:
        """Give the workspace's credentials, made at the first call."""
        path = self.folder / "account.json"
        stored = _read_json(path)
        if stored is None:
            write_private(path, asdict(Account.new()))
            stored = _read_json(path) or {}
        damaged = f"{path} is damaged. Move it away to get new credentials; people and log stay."
        if not all(isinstance(value, str) for value in stored.values()):
            raise PlaceError(damaged)
        try:
            return Account(**stored)
        except TypeError as error:
            raise PlaceError(damaged) from error

    def serving(self) -> Serving | None:
        """Give the simulator that runs on this folder, or None when none does."""
        stored = _read_json(self.folder / "serving.json")
        if stored is None:
            return None
        try:
            serving = Serving(**stored)
            os.kill(serving.pid, 0)
        except (TypeError, OverflowError, ProcessLookupError):
            return None
        except PermissionError:
            pass  # It lives, as somebody else's process.
        # After a crash its number may be another process's by now, which does not listen there. A folder that came
        # from elsewhere may name an address elsewhere, to which no text and no number goes.
        return serving if _is_here(serving.url) and listens(serving.url) else None

    def note_serving(self, serving: Serving) -> None:
        """Write down that a simulator runs here; raise `PlaceError` when another one does."""
        other = self.serving()
        if other is not None and other.pid != os.getpid():
            raise PlaceError(
                f"A simulator already runs on {self.folder} at {other.url} (process {other.pid}). "
                "Use that one, end it, or name another folder with --workspace."
            )
        write_private(self.folder / "serving.json", asdict(serving))

    def forget_serving(self) -> None:
        """Remove the note when the simulator ends, unless it is another one's."""
        serving = self.serving()
        if serving is None or serving.pid == os.getpid():
            (self.folder / "serving.json").unlink(missing_ok=True)


def _is_here(url: object) -> bool:
    """Tell whether a URL leads to an address of this machine, without a packet to it."""
    try:
        parts = urlsplit(str(url))
        host, port = parts.hostname or "", parts.port
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except (OSError, ValueError):
        return False
    return parts.scheme == "http" and bool(host) and port is not None


def listens(url: str) -> bool:
    """Tell whether something takes connections at an address; what is not surely gone counts as there."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port or 80), timeout=2):
            return True
    except ConnectionRefusedError:
        return False
    except (OSError, ValueError):
        return True


def write_private(path: Path, values: Mapping[str, Any]) -> None:
    """Write JSON that only its owner can read, whole or not at all."""
    try:
        write_whole(path, json.dumps(values), private=True)
    except OSError as error:
        raise PlaceError(
            f"{path} cannot be written: {error.strerror}. Free it, or name another folder with --workspace."
        ) from error


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise PlaceError(f"{path} cannot be read ({error}). Move it away and try again.") from error
    if not isinstance(values, dict):
        raise PlaceError(f"{path} does not hold what it should. Move it away and try again.")
    return values
