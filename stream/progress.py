"""Progress of long work, on stderr: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def reading_progress(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """Give a function that is told (bytes read, bytes in all or None) as a log is read."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield _lines(what)
        return
    with Progress(
        TextColumn(what), BarColumn(), TextColumn("{task.percentage:.0f}%"), TimeRemainingColumn(),
        console=console, transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(what: str) -> Callable[[int, int | None], None]:
    last = time.monotonic()

    def show(done: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _SECONDS_BETWEEN_LINES:
            last = now
            share = f"{done / total:.0%}" if total else f"{done:,} bytes"
            sys.stderr.write(f"{what}: {share}\n")

    return show


@contextmanager
def phases() -> Iterator[Callable[[str, float | None], None]]:
    """Give a function that is told (phase, share done or None) of work in several phases."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield _phase_lines()
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f}%"),
        TimeRemainingColumn(), console=console, transient=True,
    ) as bar:  # fmt: skip
        task, told = bar.add_task("starting", total=None), ""

        def tell(phase: str, share: float | None) -> None:
            nonlocal told
            if phase != told:
                told = phase
                bar.reset(task, description=phase, total=None if share is None else 1.0)
            if share is not None:
                bar.update(task, completed=share, total=1.0)

        yield tell


def _phase_lines() -> Callable[[str, float | None], None]:
    told, last = "", time.monotonic()

    def tell(phase: str, share: float | None) -> None:
        nonlocal told, last
        now = time.monotonic()
        if phase != told or now - last >= _SECONDS_BETWEEN_LINES:
            told, last = phase, now
            sys.stderr.write(f"{phase}{'' if share is None else f': {share:.0%}'}\n")

    return tell
