"""How far a command is, on standard error: a bar on a terminal, else a line every few seconds."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

_BAR_SECONDS = 0.2
_LINE_SECONDS = 5.0


class Meter:
    """Shows progress; a context manager.

    Args:
        what: what is being done, "sending".
        total: of the units in which ``show`` is told the position; None when it is not known.
        unit: what is counted for the rate.
        clock: real time in seconds.
    """

    #: how many units may pass between two calls of ``show``
    EVERY = 64

    def __init__(
        self,
        what: str,
        total: int | None,
        unit: str = "events",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._total = total
        self._unit = unit
        self._clock = clock
        self._start = clock()
        self._next = self._start
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        console = Console(stderr=True)
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=self._total, rate="")
        else:
            self._next += _LINE_SECONDS
        return self

    def show(self, done: int, position: int) -> None:
        """Tell how far it is; cheap enough for every few dozen events.

        Args:
            done: units done, for the rate.
            position: of ``total``.
        """
        now = self._clock()
        if now < self._next:
            return
        rate = f"{done:,} {self._unit}, {done / max(now - self._start, 1e-9):,.0f}/s"
        if self._bar is not None:
            self._next = now + _BAR_SECONDS
            self._bar.update(self._task, completed=position, rate=rate)
        else:
            self._next = now + _LINE_SECONDS
            share = left = ""
            if self._total:
                share = f" {100 * position / self._total:.0f}%,"
                seconds = (now - self._start) * (self._total / max(position, 1) - 1)
                left = f", {max(seconds, 0):,.0f} s left"
            click.echo(f"{self._what}:{share} {rate}{left}", err=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
