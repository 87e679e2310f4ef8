"""What ``replay demo`` shows while the logs flow: live figures of all domains, side by side."""

import time
import urllib.error
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

from models import domains
from replay.demo_figures import Figures

_SECONDS_BETWEEN_LINES = 3.0


class View:
    """Live figures of all domains: panels on a terminal, lines every few seconds elsewhere.

    Attributes:
        seconds: by domain, from ``expect`` to the look that saw all records scored; 0 before it.
        learnt: whether every example was learnt at the last look.
    """

    def __init__(self, console: Console, figures: Sequence[Figures]) -> None:
        self.seconds: list[float] = []
        self.learnt = False
        self._expected: Sequence[int] = ()
        self._began = 0.0
        self._console, self._figures = console, figures
        self._live = Live(console=console, transient=True) if console.is_terminal else None
        self._last = [(time.perf_counter(), 0)] * len(figures)
        self._said_at = 0.0

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def expect(self, records: Sequence[int]) -> None:
        """Measure from now on how long each domain takes to have so many records scored."""
        self._began, self._expected = time.perf_counter(), records
        self.seconds = [0.0] * len(records)

    async def look(self) -> None:
        """Show how far it is."""
        waiting, panels = 0, []
        speak = time.perf_counter() - self._said_at > _SECONDS_BETWEEN_LINES
        for place, figures in enumerate(self._figures):
            position, version, report = await figures.position()
            counts, (before, records) = position.counts, self._last[place]
            now = time.perf_counter()
            self._last[place] = now, counts.records
            words = (
                f"{counts.records:>9,} events",
                f"{(counts.records - records) / (now - before):>7,.0f}/s",
                f"{counts.snapshots:>7,} snapshots",
                f"{counts.labels:>7,} labels",
                _headline(figures.domain, report),
                version,
            )
            waiting += position.examples - int(version.rpartition("@")[2])
            if counts.records >= self._expected[place] and not self.seconds[place]:
                self.seconds[place] = now - self._began
            if self._live is not None:
                lines = "\n".join(word.strip() for word in words)
                panels.append(Panel(Group(lines, self._highest(figures)), title=figures.domain))
            elif speak:
                self._said_at = now
                line = f"{figures.domain:<8} {'  '.join(words)}"
                self._console.print(line, highlight=False, soft_wrap=True)
        if self._live is not None:
            side_by_side = Table.grid(expand=True)
            side_by_side.add_row(*panels)
            self._live.update(side_by_side)
        self.learnt = not waiting

    def _highest(self, figures: Figures) -> RenderableType:
        table = Table("user", "score", box=None, title="highest now (API)")
        try:
            ranking = figures.get(f"/v1/{figures.domain}/users?limit=5")
        except (urllib.error.URLError, TimeoutError) as error:
            return f"the API does not answer: {error}"
        for row in ranking["users"]:
            table.add_row(row["user_id"], f"{row['score']:.3f}")
        return table


def _headline(name: str, report: Sequence[Any]) -> str:
    """Return the first figure of the champion, at the middle one of the domain's ages."""
    domain = domains.load(name)
    age = domain.ages[len(domain.ages) // 2]
    figure = domain.objective.headline
    rows = [row for row in report if row["age"] == age]
    value = rows[0]["rolling"][figure] if rows else None
    at = f" at {age}" if age else ""
    return f"{_NAMES[figure]}{at} {'-' if value is None else f'{value:.3f}'}"


_NAMES = {"auc": "AUC", "gini": "Gini"}
