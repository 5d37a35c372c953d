"""Channels: how the server's loop keeps off a connection to which a thread is sending."""

from waitress.channel import HTTPChannel


class QuietChannel(HTTPChannel):  # type: ignore[misc]
    """Be a connection that does not ask to be written to while the thread that answers is writing to it.

    Waitress's own asks, finds it locked, and asks again at once: many times an answer, each time taking the
    interpreter from the very thread it waits for.
    """

    sent_by_thread = False

    def writable(self) -> bool:
        """Tell whether the loop has something to send; whoever leaves it something wakes it afterwards."""
        return not self.sent_by_thread and bool(super().writable())

    def _flush_some(self, do_close: bool = True) -> bool:
        # Only threads that answer pass False, so that the loop alone closes connections.
        if do_close:
            return bool(super()._flush_some(do_close))
        self.sent_by_thread = True
        try:
            return bool(super()._flush_some(do_close))
        finally:
            self.sent_by_thread = False
