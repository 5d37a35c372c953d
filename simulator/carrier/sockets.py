"""Sockets: connections that keep a deadline however slowly the other side drips."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Any


class DeadlineSocket(socket.socket):
    """Be a socket whose every read ends at the deadline, or earlier when nothing came for `read_timeout`."""

    deadline = float("inf")
    read_timeout = 15.0
    #: Whether the other side has said anything.
    heard = False

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read as the socket beneath does; raise `TimeoutError` past the deadline."""
        self.settimeout(_left(self.deadline, self.read_timeout))
        count = super().recv_into(*args, **kwargs)
        self.heard = self.heard or count > 0
        return count


class DeadlineTlsSocket(DeadlineSocket, ssl.SSLSocket):
    """Be the same over TLS."""


def _left(deadline: float, most: float) -> float:
    left = min(most, deadline - time.monotonic())
    if left <= 0:
        raise TimeoutError("the total time of the webhook is used up")
    return left


def connect(host: str, port: int, timeout: float, read_timeout: float, deadline: float) -> DeadlineSocket:
    """Open a TCP connection to the first address of a host that takes one; raise `OSError` when none does."""
    last: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        opened = DeadlineSocket(family, kind, protocol)
        try:
            opened.settimeout(min(timeout, _left(deadline, timeout)))
            opened.connect(address)
        except OSError as error:
            opened.close()
            last = error
            continue
        opened.deadline, opened.read_timeout = deadline, read_timeout
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened
    raise last or OSError(f"{host} has no address")


class OpenSockets:
    """Know the connections that are open, so that closing the carrier ends those that hang."""

    def __init__(self) -> None:
        self._open: set[socket.socket] = set()
        self._shut = False
        self._lock = threading.Lock()

    def track(self, opened: socket.socket) -> None:
        """Remember a connection; one that was made while all were ended is ended as well."""
        with self._lock:
            self._open.add(opened)
            if self._shut:
                _end(opened)

    def secure(self, plain: DeadlineSocket, host: str, context: ssl.SSLContext) -> DeadlineTlsSocket:
        """Put TLS over a connection, which is then the one to know.

        Raise `ssl.SSLError` when the other side's certificate is refused.
        """
        context.sslsocket_class = DeadlineTlsSocket
        plain.settimeout(_left(plain.deadline, plain.read_timeout))
        wrapped: Any = self.wrap(plain, context, server_hostname=host)
        secured: DeadlineTlsSocket = wrapped
        secured.deadline, secured.read_timeout = plain.deadline, plain.read_timeout
        try:
            secured.do_handshake()
        except BaseException:
            self.finish(secured)
            raise
        return secured

    def wrap(self, plain: socket.socket, context: ssl.SSLContext, **more: Any) -> ssl.SSLSocket:
        """Put TLS over a connection as `SSLContext.wrap_socket` does, but leave the handshake to the caller."""
        with self._lock:
            # The plain socket lets go of the connection here: to end that one would end nothing.
            wrapped = context.wrap_socket(plain, do_handshake_on_connect=False, **more)
            self._open.discard(plain)
            self._open.add(wrapped)
        return wrapped

    def finish(self, opened: socket.socket) -> None:
        """Forget a connection and close it; a second time does nothing."""
        with self._lock:
            self._open.discard(opened)
        opened.close()

    def shut_all(self) -> None:
        """End every open connection: who reads from one gets an error at once."""
        with self._lock:
            self._shut = True
            for opened in self._open:
                _end(opened)


def _end(opened: socket.socket) -> None:
    with suppress(OSError):  # the other side was faster
        opened.shutdown(socket.SHUT_RDWR)
