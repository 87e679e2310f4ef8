"""What processes take of the processors, and which of these they may use (Linux)."""

import contextlib
import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the processors' time that a process and its living descendants have taken."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except OSError:  # it has ended
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS + sum(map(cpu_seconds, children))


def queued_seconds(pid: int) -> float:
    """Return how long the threads of a process have waited for a processor, altogether.

    Where it is much, others wanted the processors too, and a speed is not the program's own.
    """
    waited = 0
    with contextlib.suppress(OSError):  # it, or a thread of it, has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            waited += int((task / "schedstat").read_text().split()[1])
    return waited / 1e9


def pin(pid: int, cores: set[int]) -> None:
    """Let a process, and what it starts from now on, run on these cores only.

    To be called when it has just been started: threads that it has by then are not bound.
    """
    os.sched_setaffinity(pid, cores)
