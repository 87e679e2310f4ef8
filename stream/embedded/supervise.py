"""Starting a child again when it ends by itself, but not for ever."""

import time
from collections.abc import Callable

from stream.embedded.process import ChildProcess, StackError


class Supervised:
    """A child that is started again, after a growing pause, when it ends by itself.

    Args:
        start: starts the child.
        restarts: how often in a row; then `check` gives up.
        pause: seconds before the first restart; each further pause is twice as long.
        lasting: seconds after which a restart counts as a success.
    """

    def __init__(
        self,
        start: Callable[[], ChildProcess],
        restarts: int = 3,
        pause: float = 1.0,
        lasting: float = 60.0,
    ) -> None:
        self.child = start()
        self._start = start
        self._restarts = restarts
        self._pause = pause
        self._lasting = lasting
        self._ends = 0
        self._due: float | None = None

    def check(self) -> str | None:
        """Look after the child; call it a few times a second.

        Returns:
            What a person should know of it, if anything happened.

        Raises:
            StackError: it has ended too often; the message quotes its log.
        """
        now = time.monotonic()
        if self._due is not None:
            if now < self._due:
                return None
            self._due = None
            self.child = self._start()
            return f"{self.child.name} started again (process {self.child.pid})"
        if self.child.exit_code() is None:
            if self.child.age() > self._lasting:
                self._ends = 0
            return None
        self._ends += 1
        if self._ends > self._restarts:
            raise StackError(f"gave up after {self._restarts} restarts: {self.child.epitaph()}")
        pause: float = self._pause * 2 ** (self._ends - 1)
        self._due = now + pause
        return f"{self.child.epitaph()}\nstarting it again in {pause:g} s"
