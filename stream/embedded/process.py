"""One child process of the embedded stack: started, watched, stopped, and its log."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from models.errors import WeirError
from stream.embedded.guard import Guard

_POLL = 0.05
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class StackError(WeirError):
    """A part of the embedded stack did not start, or ended; the message quotes its log."""


class Halted(WeirError):
    """Somebody asked for the end while the stack was still starting."""


class ChildProcess:
    """A program that runs until it is stopped, with its output in a log file.

    It gets its own session: a Ctrl-C in the terminal reaches only this process, which then stops
    its children in their order. It ends with this process, however that ends (see `Guard`).

    Args:
        name: what to call it in messages ("broker", "worker 1").
        command: the program and its arguments.
        log: the file that its output is appended to.
        guard: ends the child if this process dies.
        env: its whole environment; none means that of this process.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        guard: Guard,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._guard = guard
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the stack's own programs
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                start_new_session=True,
            )
        guard.watch(self.pid)
        self.started = time.monotonic()
        self._forgotten = False

    @property
    def pid(self) -> int:
        """Its process id, which is also that of its process group."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """How it ended (negative: by that signal), or None while it runs."""
        code = self._process.poll()
        if code is not None and not self._forgotten:
            self._forgotten = True
            self._guard.forget(self.pid)
        return code

    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started

    def tail(self, lines: int = 25) -> str:
        """The last lines of its log, without colours, indented for a message."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 200 * lines))
            text = _ANSI.sub("", log.read().decode(errors="replace"))
        return "\n".join("    " + line for line in text.splitlines()[-lines:]) or "    (empty)"

    def epitaph(self) -> str:
        """How it ended and the last words in its log, for a person."""
        code = self.exit_code()
        if code is None:
            how = "is still running"
        elif code < 0:
            how = f"was ended by {signal.Signals(-code).name}"
        else:
            how = f"ended with exit code {code}"
        return f"{self.name} {how}; the last lines of {self.log}:\n{self.tail()}"

    def wait_until(
        self, ready: Callable[[], bool], timeout: float, halt: threading.Event | None = None
    ) -> None:
        """Wait until `ready()` is true.

        Args:
            ready: asked about 20 times a second; must not raise for "not yet".
            timeout: in seconds.
            halt: somebody's wish to stop waiting.

        Raises:
            StackError: the child ended, or was not ready in time.
            Halted: `halt` was set.
        """
        deadline = time.monotonic() + timeout
        pause = (halt or threading.Event()).wait
        while True:
            is_ready = ready()
            if self.exit_code() is not None:  # asked second: what answered may be another program
                raise StackError(self.epitaph())
            if is_ready:
                return
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self.name} was not ready within {timeout:.0f} s; "
                    f"the last lines of {self.log}:\n{self.tail()}"
                )
            if pause(_POLL):
                raise Halted(f"stopped while waiting for {self.name}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it, if it still runs."""
        if self.exit_code() is None:
            self._process.send_signal(number)

    def stop(self, grace: float = 10.0, hurry: threading.Event | None = None) -> None:
        """SIGTERM, then SIGKILL after `grace` seconds or as soon as `hurry` is set."""
        stop_all([self], grace, hurry)

    def kill(self) -> None:
        """SIGKILL to it and to all that it has started; returns when it is gone."""
        if self.exit_code() is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
            self.exit_code()


def stop_all(
    children: Iterable[ChildProcess], grace: float, hurry: threading.Event | None = None
) -> None:
    """Stop several at the same time: SIGTERM to all, SIGKILL to those left after `grace` seconds.

    Args:
        children: those that have already ended are left alone.
        grace: in seconds.
        hurry: set by somebody who will not wait for the grace (a second Ctrl-C).
    """
    left = [child for child in children if child.exit_code() is None]
    for child in left:
        child.send(signal.SIGTERM)
    deadline = time.monotonic() + grace
    pause = (hurry or threading.Event()).wait
    while left := [child for child in left if child.exit_code() is None]:
        if time.monotonic() > deadline or pause(_POLL):
            for child in left:
                child.kill()
