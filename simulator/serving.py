"""Serving: a port, and a WSGI server on it that ends cleanly."""

import errno
import logging
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from inbound_core.errors import SetupError
from simulator.channels import QUICK, QuietChannel, answer_on_loop
from simulator.uploads import allow_large_imports

#: Nothing that either side takes is larger; each endpoint has a smaller limit of its own.
LARGEST_REQUEST = 2 * 1024 * 1024
#: Addresses that are answered when an application has answered, or when a message has come.
PATIENT = ("/simulator/texts", "/simulator/wait")
#: How many seconds requests under way are waited for at the end.
LONGEST_STOP = 5.0


class PortTaken(SetupError, OSError):
    """Report a port that cannot be listened on, with the remedy."""


class AddressError(SetupError, OSError):
    """Report a host or a port that can never be listened on from here, with the remedy."""


@dataclass(frozen=True, slots=True)
class Served:
    """Hold a WSGI server and the thread it runs in."""

    server: Any
    thread: threading.Thread
    #: The threads that answer what waits for somebody.
    patient: ThreadedTaskDispatcher

    def stop(self) -> None:
        """Take no more connections, let requests under way finish, then close all and end the threads."""
        self.server.trigger.pull_trigger(self.server.del_channel)
        deadline = time.monotonic() + LONGEST_STOP
        while time.monotonic() < deadline and self._busy():
            time.sleep(0.005)
        # The loop may still be at its last call: it then closes at once, before the byte that wakes it is written.
        with suppress(OSError):
            self.server.trigger.pull_trigger(self._close_all)
        self.thread.join(timeout=10)
        self.server.task_dispatcher.shutdown()
        self.patient.shutdown()

    def _busy(self) -> bool:
        channels = list(self.server.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)

    def _close_all(self) -> None:
        """Close every connection; the server's loop ends when none is left."""
        self.server.close()
        for channel in list(self.server.active_channels.values()):
            channel.handle_close()


def listen(host: str, port: int) -> socket.socket:
    """Listen on a port, 0 for any free one; raise `PortTaken` or `AddressError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        text = f"Nothing can listen on {host}, port {port}: {reason}."
        if isinstance(error, socket.gaierror) or getattr(error, "errno", None) == errno.EADDRNOTAVAIL:
            raise AddressError(f"{text} --host must be an address of this machine, such as 127.0.0.1.") from error
        if isinstance(error, PermissionError):
            raise AddressError(f"{text} Ports below 1024 are the system's: choose a higher --port.") from error
        raise PortTaken(
            f"{text} End the program that uses it, choose another with --port, or take any free one with --port 0."
        ) from error
    return listener


def serve_app(app: Any, listener: socket.socket, threads: int, token: str | None = None) -> Served:
    """Serve an application on a listener from a thread of its own; `stop` ends it.

    Whoever has the `token` may upload a workspace, which is larger than any other request.
    """
    # A burst that waits its turn is no fault that somebody who watches the terminal should hear of.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(
        app,
        sockets=[listener],
        threads=threads,
        max_request_body_size=LARGEST_REQUEST,
        connection_limit=1000,
        ident=None,
    )
    server.channel_class = QuietChannel
    patient = _keep_patient_apart(server, threads)
    is_quick = getattr(app, "extensions", {}).get(QUICK)
    if is_quick is not None:
        answer_on_loop(server, is_quick)
    if token is not None:
        allow_large_imports(server, token)
    thread = threading.Thread(target=server.run, name="simulator", daemon=True)
    thread.start()
    return Served(server, thread, patient)


def _keep_patient_apart(server: Any, threads: int) -> ThreadedTaskDispatcher:
    """Give the requests that wait for an application threads of their own.

    An application that is asked may ask Twilio's API before it answers: those who wait for it must not be in its way.
    """
    patient, add_task = ThreadedTaskDispatcher(), server.add_task
    patient.set_thread_count(threads)

    def shared_out(channel: Any) -> None:
        request = channel.requests[0]
        waits = request.error is None and request.path in PATIENT
        (patient.add_task if waits else add_task)(channel)

    server.add_task = shared_out
    return patient
