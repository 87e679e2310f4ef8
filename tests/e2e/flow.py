"""A whole stack with generated logs on their way through it, as the live page is to show it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from models import domains
from stream.embedded.process import ChildProcess
from stream.embedded.stack import LocalStack, Ports

ANY = Ports(0, 0, 0, 0)


class Flow:
    """Makes a log of each domain, and sends it in two parts.

    Args:
        stack: a running one.
        users: in the log of churn; other domains have as many times more as their ``crowd``.
        days: length of the logs.
        last: so many of the newest events are the second part.
    """

    def __init__(self, stack: LocalStack, *, users: int, days: int, last: int) -> None:
        self._stack = stack
        self._parts: dict[str, tuple[Path, Path]] = {}
        for name in stack.settings.domains:
            self._parts[name] = self._make(name, users * domains.load(name).crowd, days, last)

    def send_first(self) -> None:
        """Send the first part of every log, as fast as it goes; return when all is sent."""
        for name, (first, _) in self._parts.items():
            self._replay("send", str(first), "--domain", name)

    def send_last(self, rate: int) -> list[ChildProcess]:
        """Send the second part of every log, so many events a second; return at once."""
        return [
            self._stack.spawn(f"last-{name}", _replay(*send, "--rate", str(rate)))
            for name, (_, last) in self._parts.items()
            for send in (("send", str(last), "--domain", name),)
        ]

    def _make(self, name: str, users: int, days: int, last: int) -> tuple[Path, Path]:
        path = self._stack.directory / f"{name}.jsonl"
        size = ("--users", str(users), "--days", str(days), "--seed", "1")
        self._replay("generate", "--domain", name, *size, "-o", str(path))
        lines = path.read_bytes().splitlines(keepends=True)
        parts = path.with_suffix(".first.jsonl"), path.with_suffix(".last.jsonl")
        for part, chosen in zip(parts, (lines[:-last], lines[-last:]), strict=True):
            part.write_bytes(b"".join(chosen))
        return parts

    def _replay(self, *arguments: str) -> None:
        env: Mapping[str, str] = {**os.environ, **self._stack.env()}
        subprocess.run(_replay(*arguments), env=env, check=True, capture_output=True)


def _replay(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", "replay", *arguments]
