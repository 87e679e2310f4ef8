"""``replay demo``: the whole system on this machine, on a log made for it, in one command."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from models import domains
from models.errors import WeirError
from replay.demo_view import Figures, View, closing_words, summary
from replay.generate.plan import DAY_MS
from stream.embedded.process import ChildProcess, Halted
from stream.embedded.stack import LocalStack
from stream.logfile import LogFile
from stream.reading import read_event

#: The last events are sent at this rate (a second), so that the latency seen is not that of a
#: queue; the rest as fast as it goes.
PACED_RATE, PACED_EVENTS = 500, 5000

_LOOK_SECONDS = 0.5


class DemoFailed(WeirError):
    """The demo did not come to its end; the message says which part failed, and its log."""


@click.command()
@click.option("--once", is_flag=True, help="End with the summary, instead of staying until Ctrl-C.")
@click.option("--users", type=click.IntRange(1), default=150, show_default=True, help="How many.")
@click.option("--days", type=click.IntRange(2), default=40, show_default=True, help="Log's length.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="For the log.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="How many.")
def demo(*, once: bool, users: int, days: int, seed: int, workers: int) -> None:
    """Start everything, make a log, send it, and watch it being scored.

    Broker, Redis, worker and API are started on this machine, with nothing but Weir needed. A log
    of each domain is made and sent to Kafka; the worker scores every event and learns from the
    outcomes; the API says who is at risk. API and worker stay up until Ctrl-C.

    Exit code 0 when everything was scored, 1 when a part failed.
    """
    console = Console()
    stack = LocalStack(workers=workers, tell=lambda news: console.print(f"[yellow]{news}[/]"))
    with _signals(stack.halt):
        try:
            console.print("Starting broker, Redis, worker and API ...")
            with stack:
                _Demo(stack, console).run(users, days, seed)
                if not once:
                    console.print(closing_words(stack))
                    stack.wait()
        except Halted:
            console.print("Stopped before the end.")
            sys.exit(130)


@contextlib.contextmanager
def _signals(halt: threading.Event) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        halt.set()

    old = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


class _Demo:
    """One run on a running stack."""

    def __init__(self, stack: LocalStack, console: Console) -> None:
        self._stack, self._console = stack, console

    def run(self, users: int, days: int, seed: int) -> None:
        """Make, send and follow the log of each domain; print the summary.

        Raises:
            DemoFailed: a part failed.
            Halted: it was interrupted.
        """
        for name in self._stack.settings.domains:
            log = self._stack.directory / f"{name}.jsonl"
            self._generate(name, log, users, days, seed)
            first, last = self._cut(name, log)
            figures = Figures(self._stack, name)
            with View(self._console, figures) as view:
                started = time.perf_counter()
                self._send(name, first, ["--max"], view)
                fast = self._follow(view, _lines(first), started)
                figures.mark()
                self._send(name, last, ["--rate", str(PACED_RATE)], view)
                self._follow(view, _lines(first) + _lines(last), started)
            if not self._console.is_terminal:
                self._console.print()
            self._console.print(asyncio.run(summary(figures, _lines(first) / fast)))

    def _generate(self, name: str, log: Path, users: int, days: int, seed: int) -> None:
        self._console.print(
            f"Making a log of {users} {name} users over {days} days (replay generate, seed {seed})"
        )
        options = {"--users": users, "--days": days, "--seed": seed, "-o": log}
        flat = [str(part) for pair in options.items() for part in pair]
        self._wait(self._spawn("generate", ["generate", "--domain", name, *flat]))

    def _cut(self, name: str, log: Path) -> tuple[Path, Path]:
        """Cut the log in two: what is sent fast, and what is sent at an even pace."""
        records = [raw + b"\n" for _, raw in LogFile(str(log))]
        paced = min(PACED_EVENTS, len(records) // 4)
        first, last = log.with_suffix(".first.jsonl"), log.with_suffix(".last.jsonl")
        first.write_bytes(b"".join(records[:-paced]))
        last.write_bytes(b"".join(records[-paced:]))
        begin, end = (
            next(e.ts for e in (read_event(domains.load(name), r) for r in part) if e is not None)
            for part in (records, records[::-1])
        )
        self._console.print(
            f"  {len(records):,} events over {(end - begin) / DAY_MS:.0f} days; the last {paced:,} "
            f"will be sent at {PACED_RATE:,}/s, the others as fast as it goes"
        )
        return first, last

    def _send(self, name: str, log: Path, pace: Sequence[str], view: View) -> None:
        child = self._spawn(f"send-{log.stem}", ["send", str(log), "--domain", name, *pace])
        self._wait(child, view)

    def _follow(self, view: View, expected: int, started: float) -> float:
        """Wait until all that was sent is scored and learnt; return the seconds to the scores."""
        scored_at = 0.0
        while True:
            records, waiting = asyncio.run(view.look())
            if records >= expected and not scored_at:
                scored_at = time.perf_counter() - started
            if scored_at and not waiting:
                return scored_at
            self._pause()

    def _spawn(self, name: str, arguments: Sequence[str]) -> ChildProcess:
        return self._stack.spawn(name, [sys.executable, "-m", "replay", *arguments])

    def _wait(self, child: ChildProcess, view: View | None = None) -> None:
        while child.exit_code() is None:
            if view is not None:
                asyncio.run(view.look())
            self._pause()
        if child.exit_code() != os.EX_OK:
            raise DemoFailed(child.epitaph())

    def _pause(self) -> None:
        if self._stack.halt.wait(_LOOK_SECONDS):
            raise Halted
        self._stack.check()


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
