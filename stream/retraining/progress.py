"""How a retraining gets on: told to who waits for it, and to Redis; and how it is stopped."""

import threading
from collections.abc import Callable

#: So many examples are gone through between two words of progress.
_EVERY = 200

#: Told the phase, and how much of it is done: from 0 to 1, or None.
Tell = Callable[[str, float | None], None]


class Stopped(Exception):
    """The retraining is to end."""


class Progress:
    """Phase and share of a retraining; told from the thread that trains.

    Args:
        tell: who is told.

    Attributes:
        phase: what is being done.
        share: how much of it is done.
        total: examples that a pass goes through.
    """

    def __init__(self, tell: Tell) -> None:
        self.phase, self.share, self.total = "starting", 0.0, 0
        self._tell, self._stopped = tell, threading.Event()

    def stop(self) -> None:
        """Let whoever reports next be stopped."""
        self._stopped.set()

    def begin(self, phase: str) -> None:
        """Note that something else is being done."""
        self.phase, self.share = phase, 0.0
        self._tell(phase, None)

    def passed(self, phase: str, done: int) -> None:
        """Note how many examples of a pass are done.

        Raises:
            Stopped: it is to end.
        """
        if self._stopped.is_set():
            raise Stopped
        if done % _EVERY == 0:
            self.phase = phase
            self.share = min(1.0, done / self.total) if self.total else 0.0
            self._tell(phase, self.share)
