"""A guard ends the children of a process that can no longer do it itself.

An orderly end is the parent's own work. But a parent killed with ``kill -9`` runs nothing more, and
its children would live on, holding their ports. So the parent keeps one small extra process, the
guard, and tells it over a pipe of every child and of a directory to remove. The kernel closes the
pipe when the parent dies, however it dies; the guard reads the end of file, ends what is left
and then itself. This needs only pipes and signals, so that Linux and macOS behave the same.
(``PR_SET_PDEATHSIG`` would do it without a process, but only on Linux, it follows the *thread* that
started the child, and setting it between fork and exec is not safe beside other threads.)

The guard runs as a script, apart from the package: only the standard library is imported here.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

GRACE = 5.0
"""Seconds that orphans get between SIGTERM and SIGKILL."""


class Guard:
    """The parent's side: starts the guard process and tells it whom to watch.

    Use it as a context manager, or call `close` when every child has been stopped. A guard that was
    itself killed is no error: the children are then only unprotected.
    """

    def __init__(self) -> None:
        # -I -S: neither the environment nor site-packages; it starts in some 20 ms and stays small.
        # Its own session: a Ctrl-C in the terminal is for the parent alone.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process id of the guard."""
        return self._process.pid

    def watch(self, pid: int) -> None:
        """End the process group of `pid` when this process dies."""
        self._say(f"watch {pid}")

    def forget(self, pid: int) -> None:
        """`pid` has ended and been reaped: its number may now belong to someone else."""
        self._say(f"forget {pid}")

    def remove(self, directory: Path) -> None:
        """Remove `directory` and all in it when this process dies or calls `close`."""
        self._say(f"remove {directory}")

    def keep(self, directory: Path) -> None:
        """Take back `remove`: something went wrong, and its logs will be wanted."""
        self._say(f"keep {directory}")

    def close(self) -> None:
        """Let the guard do what is left to do, and wait for it."""
        with contextlib.suppress(BrokenPipeError):  # it was killed: nothing is left to tell it
            if self._process.stdin:
                self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        if self._process.stdin and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):  # see the class's docstring
                self._process.stdin.write(line.encode() + b"\n")
                self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def main(lines: Iterable[str]) -> None:
    """The guard's side: follow `lines` to their end, then end and remove what they left."""
    pids: dict[int, None] = {}
    directories: dict[str, None] = {}
    for line in lines:
        verb, _, argument = line.rstrip("\n").partition(" ")
        if verb == "watch":
            pids[int(argument)] = None
        elif verb == "forget":
            pids.pop(int(argument), None)
        elif verb == "remove":
            directories[argument] = None
        elif verb == "keep":
            directories.pop(argument, None)

    # the last started ends first: a worker commits to the Redis that was started before it
    deadline = time.monotonic() + GRACE
    for pid in reversed(pids):
        _signal_group(pid, signal.SIGTERM)
    while time.monotonic() < deadline and any(_signal_group(pid, 0) for pid in pids):
        time.sleep(0.05)
    for pid in pids:
        _signal_group(pid, signal.SIGKILL)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


def _signal_group(pid: int, number: int) -> bool:
    """Whether the group of `pid` was there to be signalled (every child leads its own group)."""
    try:
        os.killpg(pid, number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    main(sys.stdin)
