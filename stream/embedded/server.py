"""What the embedded broker and the embedded Redis have in common."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.embedded import ports
from stream.embedded.guard import Guard
from stream.embedded.process import ChildProcess, StackError

_TRIES = 3


class EmbeddedServer(ABC):
    """A server on loopback, from a binary on this machine; a context manager.

    Args:
        data_dir: an existing directory for its log and its data.
        port: 0 means any free port, chosen at `start`.
        guard: ends the server if this process dies; none means one of its own.
    """

    name: str
    """What to call it in messages, and its log file."""
    start_timeout = 60.0
    """Seconds until a server that does not answer is taken for failed."""
    grace = 10.0
    """Seconds between SIGTERM and SIGKILL when it is stopped."""

    def __init__(self, data_dir: Path, port: int = 0, guard: Guard | None = None) -> None:
        self.data_dir = data_dir
        self.port = port
        self._any_port = port == 0
        self._guard = guard
        self._own_guard: Guard | None = None
        self._child: ChildProcess | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments; raises StackError when there is no such program."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether this very server (not another on its port) answers its protocol."""

    def environment(self) -> Mapping[str, str] | None:
        """Its whole environment; None means that of this process."""
        return None

    @property
    def log(self) -> Path:
        """The file that its output goes to."""
        return self.data_dir / f"{self.name}.log"

    @property
    def process(self) -> ChildProcess:
        """The running process; raises StackError before `start` and after `stop`."""
        if self._child is None:
            raise StackError(f"the embedded {self.name} has not been started")
        return self._child

    @property
    def pid(self) -> int:
        """Its process id; raises StackError before `start` and after `stop`."""
        return self.process.pid

    def start(self, halt: threading.Event | None = None) -> None:
        """Start it, and wait until it answers.

        Args:
            halt: somebody's wish to stop waiting.

        Raises:
            StackError: it cannot be started, ended, or did not answer in time.
            Halted: `halt` was set.
        """
        if self._guard is None:
            self._guard = self._own_guard = Guard()
        for tries_left in reversed(range(_TRIES)):
            if self._any_port:
                self.port = ports.any_free()
            elif not ports.is_free(self.port):
                raise StackError(
                    f"port {self.port} of {ports.LOOPBACK}, for the {self.name}, is taken; "
                    "stop what uses it, or choose another (0 means any that is free)"
                )
            self._child = ChildProcess(
                self.name, self.command(), self.log, self._guard, self.environment()
            )
            try:
                self._child.wait_until(self.ready, self.start_timeout, halt)
            except StackError:
                # somebody may have taken the port between our choice and the server's start
                lost_race = self._any_port and self._child.exit_code() is not None
                self._child.kill()
                if not (lost_race and tries_left and not ports.is_free(self.port)):
                    raise
            else:
                return

    def stop(self, hurry: threading.Event | None = None) -> None:
        """Stop it, if it runs: SIGTERM, then SIGKILL after `grace` seconds or on `hurry`."""
        if self._child is not None:
            self._child.stop(self.grace, hurry)
            self._child = None
        if self._own_guard is not None:
            self._own_guard.close()
            self._guard = self._own_guard = None

    def check(self) -> None:
        """Raise StackError, with the end of its log, if it has ended by itself."""
        if self.process.exit_code() is not None:
            raise StackError(self.process.epitaph())

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
