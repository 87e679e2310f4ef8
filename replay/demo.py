"""``replay demo``: the whole system on this machine, on a log made for it, in one command."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console

from models import domains
from models.domain import Domain
from models.errors import WeirError
from models.plan import DAY_MS
from replay import generate as makers
from replay.demo_figures import Figures
from replay.demo_summary import closing_words, summary
from replay.demo_view import View
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

    Broker, Redis, worker, API, trainer and MLflow are started on this machine, with nothing but
    Weir needed. A log of each domain is made and sent to Kafka; the worker scores every event and
    learns from the outcomes; the trainer tries other models on them, and shows them in MLflow; the
    API says who is at risk. All stay up until Ctrl-C.

    Exit code 0 when everything was scored, 1 when a part failed.
    """
    console = Console()
    stack = LocalStack(workers=workers, tell=lambda news: console.print(f"[yellow]{news}[/]"))
    with _signals(stack.halt):
        try:
            console.print("Starting broker, Redis, worker and API ...")
            with stack:
                console.print(f"Watch it: {stack.api_url}/")
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


@dataclass(frozen=True)
class _Log:
    """A log, and the two parts that it is sent in.

    Attributes:
        domain: whose.
        path: of the whole.
        lines: of each part, by its name.
    """

    domain: str
    path: Path
    lines: dict[str, int]

    def part(self, name: str) -> Path:
        return self.path.with_suffix(f".{name}.jsonl")


class _Demo:
    """One run on a running stack."""

    def __init__(self, stack: LocalStack, console: Console) -> None:
        self._stack, self._console = stack, console

    def run(self, users: int, days: int, seed: int) -> None:
        """Make, send and follow the logs of all domains, side by side; print the summary.

        Raises:
            DemoFailed: a part failed.
            Halted: it was interrupted.
        """
        made = [name for name in self._stack.settings.domains if name in makers.names()]
        logs = [self._log(name, users, days, seed) for name in made]
        figures = [Figures(self._stack, log.domain) for log in logs]
        with View(self._console, figures) as view:
            view.expect([log.lines["first"] for log in logs])
            self._send(logs, "first", ["--max"], view)
            fast = self._follow(view)
            for one in figures:
                one.mark()
            view.expect([sum(log.lines.values()) for log in logs])
            self._send(logs, "last", ["--rate", str(PACED_RATE)], view)
            self._follow(view)
        if not self._console.is_terminal:
            self._console.print()
        rates = [log.lines["first"] / seconds for log, seconds in zip(logs, fast, strict=True)]
        self._console.print(asyncio.run(summary(figures, rates)))

    def _log(self, name: str, users: int, days: int, seed: int) -> "_Log":
        domain = domains.load(name)
        path, users = self._stack.directory / f"{name}.jsonl", users * domain.crowd
        self._console.print(
            f"Making a log of {users:,} {name} users over {days} days (replay generate, "
            f"seed {seed})"
        )
        options = {"--users": users, "--days": days, "--seed": seed, "-o": path}
        flat = [str(part) for pair in options.items() for part in pair]
        self._wait([self._spawn(f"generate-{name}", ["generate", "--domain", name, *flat])])
        return self._cut(domain, path)

    def _cut(self, domain: Domain[Any, Any], path: Path) -> "_Log":
        """Cut the log in two: what is sent fast, and what is sent at an even pace."""
        records = [raw + b"\n" for _, raw in LogFile(str(path))]
        paced = min(PACED_EVENTS, len(records) // 4)
        log = _Log(domain.name, path, {"first": len(records) - paced, "last": paced})
        log.part("first").write_bytes(b"".join(records[:-paced]))
        log.part("last").write_bytes(b"".join(records[-paced:]))
        begin, end = (
            next(e.ts for e in (read_event(domain, r) for r in part) if e is not None)
            for part in (records, records[::-1])
        )
        self._console.print(
            f"  {len(records):,} events over {(end - begin) / DAY_MS:.0f} days; the last {paced:,} "
            f"will be sent at {PACED_RATE:,}/s, the others as fast as it goes"
        )
        return log

    def _send(self, logs: Sequence["_Log"], part: str, pace: Sequence[str], view: View) -> None:
        children = []
        for log in logs:
            path = log.part(part)
            arguments = ["send", str(path), "--domain", log.domain, *pace]
            children.append(self._spawn(f"send-{path.stem}", arguments))
        self._wait(children, view)

    def _follow(self, view: View) -> list[float]:
        """Wait until all that was sent is scored and learnt; return the seconds to the scores."""
        while True:
            asyncio.run(view.look())
            if all(view.seconds) and view.learnt:
                return view.seconds
            self._pause()

    def _spawn(self, name: str, arguments: Sequence[str]) -> ChildProcess:
        return self._stack.spawn(name, [sys.executable, "-m", "replay", *arguments])

    def _wait(self, children: Sequence[ChildProcess], view: View | None = None) -> None:
        while any(child.exit_code() is None for child in children):
            if view is not None:
                asyncio.run(view.look())
            self._pause()
        for child in children:
            if child.exit_code() != os.EX_OK:
                raise DemoFailed(child.epitaph())

    def _pause(self) -> None:
        if self._stack.halt.wait(_LOOK_SECONDS):
            raise Halted
        self._stack.check()
