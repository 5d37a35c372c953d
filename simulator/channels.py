"""Channels: how the server's loop keeps off a connection to which a thread is sending, and answers what is quick."""

import threading
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel

#: Tells by method and path whether a request can be answered without waiting for anybody.
IsQuick = Callable[[str, str], bool]
#: Under which of an app's extensions that test stands.
QUICK = "inbound_quick"


class QuietChannel(HTTPChannel):  # type: ignore[misc]
    """Be a connection that does not ask to be written to while the thread that answers is writing to it.

    Waitress's own asks, finds it locked, and asks again at once: many times an answer, each time taking the
    interpreter from the very thread it waits for.
    """

    sent_by_thread = False
    #: Whether the loop is to answer the request that it has just read, and whether it is doing so.
    due_at_once = answered_by_loop = False

    def writable(self) -> bool:
        """Tell whether the loop has something to send; whoever leaves it something wakes it afterwards."""
        return not self.sent_by_thread and bool(super().writable())

    def received(self, data: bytes) -> bool:
        """Take what was read, and answer at once what is quick; the loop calls this."""
        taken = bool(super().received(data))
        while self.due_at_once:
            self.due_at_once, self.answered_by_loop = False, True
            try:
                self.service()
            finally:
                self.answered_by_loop = False
            # Head and body in one piece.
            self.handle_write()
        return taken

    def _flush_some(self, do_close: bool = True) -> bool:
        if self.answered_by_loop:
            return False
        # Only threads that answer pass False, so that the loop alone closes connections.
        if do_close:
            return bool(super()._flush_some(do_close))
        self.sent_by_thread = True
        try:
            return bool(super()._flush_some(do_close))
        finally:
            self.sent_by_thread = False


def answer_on_loop(server: Any, is_quick: IsQuick) -> None:
    """Let a waitress server answer quick requests on its loop, which saves waking two threads for each of them.

    What waits for a disk or a network must not count as quick: meanwhile nobody else is served.
    """
    hand_over, wake = server.add_task, server.pull_trigger
    loop: list[int] = []

    def add_task(channel: QuietChannel) -> None:
        request = channel.requests[0]
        # A thread that has answered one request may find the next one behind it, and is not the loop.
        on_loop = threading.get_ident() in loop
        if on_loop and request.error is None and is_quick(request.command, request.path):
            channel.due_at_once = True
        else:
            hand_over(channel)

    def pull_trigger() -> None:
        if threading.get_ident() not in loop:
            wake()

    class Channel(server.channel_class):  # type: ignore[misc]
        def received(self, data: bytes) -> bool:
            if not loop:
                loop.append(threading.get_ident())
            return bool(super().received(data))

    server.add_task, server.pull_trigger, server.channel_class = add_task, pull_trigger, Channel
