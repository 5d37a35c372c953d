"""Reply limit: the brake on two machines that answer each other (14107)."""

import threading
from datetime import datetime, timedelta

MAX_REPLIES = 15
WINDOW = timedelta(seconds=30)


class ReplyLimit:
    """Count replies between two numbers that follow each other within 30 seconds. Thread-safe."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._lock = threading.Lock()

    def allows(self, sender: str, handset: str, now: datetime) -> bool:
        """Count one reply; tell whether it may go out. A refused one does not lengthen the pause."""
        with self._lock:
            last, count = self._seen.get((sender, handset), (now, 0))
            if now - last >= WINDOW:
                count = 0
            if count >= MAX_REPLIES:
                return False
            self._seen[sender, handset] = (now, count + 1)
            return True
