"""What ``replay demo`` shows: live figures while the log flows, and the summary."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from prometheus_client.parser import text_string_to_metric_families
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

from models import domains
from stream.adapters.redis_reader import RedisReader
from stream.embedded.stack import LocalStack
from stream.reader import Position, Reader, RedisAway

_SECONDS_BETWEEN_LINES = 3.0
_PATIENCE_SECONDS = 30.0
_LATENCY = "weir_event_to_score_seconds"


class Figures:
    """Reads the figures of one domain where users would: Redis, /metrics and the API."""

    def __init__(self, stack: LocalStack, domain: str) -> None:
        self.stack = stack
        self.domain = domain
        self._before: dict[float, float] = {}

    async def position(self) -> tuple[Position, str, list[Any]]:
        """Return counts, model version and the learner's report.

        Raises:
            RedisAway: it has not answered for half a minute; a busy machine is slower than the
                API's patience.
        """
        limit = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return await self._position()
            except RedisAway:
                if time.monotonic() > limit:
                    raise

    async def _position(self) -> tuple[Position, str, list[Any]]:
        redis = RedisReader.from_url(self.stack.settings.redis_url)
        try:
            reader = Reader(domains.load(self.domain), redis, self.stack.settings.key)
            await reader.refresh_models()
            report = json.loads(reader.report) if reader.report else []
            return await reader.position(), reader.models.version, report
        finally:
            await redis.close()

    def get(self, path: str) -> Any:
        """Return the API's answer as JSON."""
        limit = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return json.loads(_fetch(self.stack.api_url + path))
            except (urllib.error.URLError, TimeoutError):
                if time.monotonic() > limit:
                    raise
                time.sleep(0.5)

    def mark(self) -> None:
        """Measure latency from here on."""
        self._before = self._latency()

    def quantile(self, share: float) -> float | None:
        """Return that quantile of the event-to-score latency since ``mark``, seconds."""
        now = self._latency()
        counts = {bound: now[bound] - self._before.get(bound, 0.0) for bound in sorted(now)}
        total = counts.get(float("inf"), 0.0)
        low, below = 0.0, 0.0
        for bound, count in counts.items():
            if total and count >= share * total:
                if bound == float("inf"):
                    return low
                return low + (bound - low) * (share * total - below) / max(1.0, count - below)
            low, below = bound, count
        return None

    def _latency(self) -> dict[float, float]:
        buckets: dict[float, float] = {}
        for port in self.stack.metrics_ports:
            text = _fetch(f"http://127.0.0.1:{port}/metrics").decode()
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    if sample.name == f"{_LATENCY}_bucket" and (
                        sample.labels["domain"] == self.domain
                    ):
                        bound = float(sample.labels["le"])
                        buckets[bound] = buckets.get(bound, 0.0) + sample.value
        return buckets


class View:
    """Live figures of all domains: panels on a terminal, lines every few seconds elsewhere."""

    def __init__(self, console: Console, figures: Sequence[Figures]) -> None:
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

    async def look(self) -> list[tuple[int, int]]:
        """Show how far it is; return, by domain, the records done and the examples not learnt."""
        looks, panels = [], []
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
            looks.append((counts.records, position.examples - int(version.rpartition("@")[2])))
            if self._live is not None:
                lines = "\n".join(word.strip() for word in words)
                panels.append(Panel(Group(lines, self._highest(figures)), title=figures.domain))
            elif speak:
                self._said_at = now
                line = f"{figures.domain:<8} {'  '.join(words)}"
                self._console.print(line, highlight=False, soft_wrap=True)
        if self._live is not None:
            self._live.update(Columns(panels, equal=True, expand=True))
        return looks

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


async def summary(figures: Sequence[Figures], rates: Sequence[float]) -> RenderableType:
    """Return the summary of a finished run, the domains side by side, with a user of each."""
    columns = [await _column(*pair) for pair in zip(figures, rates, strict=True)]
    table = Table("", *(f"{one.domain}: {domains.load(one.domain).title}" for one in figures))
    for row in dict.fromkeys(row for column in columns for row in column):
        table.add_row(row, *(column.get(row, "") for column in columns))
    return Group(table, Columns([_one_user(one) for one in figures]))


async def _column(figures: Figures, rate: float) -> dict[str, str]:
    """Return the figures of one domain, by what they are."""
    position, version, report = await figures.position()
    counts = position.counts
    column = {"events in": f"{counts.records:,}"}
    for result in ("scored", "late", "duplicates", "outcomes", "anonymous", "rejected"):
        column[f"  {result}"] = f"{getattr(counts, result):,}"
    column |= {
        "  unaccounted for": f"{counts.unaccounted:,}",
        "users": f"{counts.users:,}",
        "snapshots": f"{counts.snapshots:,}",
        "labels": f"{counts.labels:,}  ({counts.positives:,} positive)",
    }
    ranks = {recipe.name: rank for rank, recipe in enumerate(domains.load(figures.domain).recipes)}
    for row in report:
        rolling, rank = row["rolling"], ranks[row["recipe"]]
        who = "champion" if not rank else f"challenger {rank}"
        what = f"{who}, {row['age']}" if row["age"] else who
        column[what] = f"{row['recipe']}\n{_judged(rolling)}" if rolling["labels"] else "-"
    column["model version"] = version
    column["events/s"] = f"{rate:,.0f}"
    p50, p99 = figures.quantile(0.5), figures.quantile(0.99)
    if p50 is not None and p99 is not None:
        column["event to score"] = f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
    return column


def _judged(rolling: Mapping[str, Any]) -> str:
    """Return the figures of the newest labels in a line."""
    known = {name: "-" if value is None else f"{value:.3f}" for name, value in rolling.items()}
    labels = f"{rolling['labels']:,} labels"
    if "auc" in known:
        return (
            f"AUC {known['auc']}, PR-AUC {known['pr_auc']} (base rate {known['base_rate']}), "
            f"ECE {known['ece']}; {labels}"
        )
    return (
        f"Gini {known['gini']}, bias {known['bias']}, MAE {known['mae']} "
        f"(mean {known['mean_label']}); {labels}"
    )


def _one_user(figures: Figures) -> RenderableType:
    ranking = figures.get(f"/v1/{figures.domain}/users?limit=1")
    user_id = ranking["users"][0]["user_id"]
    path = f"/v1/{figures.domain}/users/{user_id}"
    user = figures.get(path)
    table = Table(title=f"GET {path}: {user['score']:.3f}", show_header=False)
    table.add_row("as of", user["as_of"])
    table.add_row("rank percentile", f"{user['rank_percentile']:.1f}")
    if user["chance_of_paying"] is not None:
        table.add_row("chance of paying", f"{user['chance_of_paying']:.3f}")
    for reason in user["reasons"]:
        table.add_row(f"{reason['effect']:+.2f}", reason["words"])
    return table


def closing_words(stack: LocalStack) -> str:
    """Return what can be done while the stack stays up."""
    return (
        f"\nThe API is at {stack.api_url} (its pages: {stack.api_url}/docs). For `stream` and "
        f"`replay` in another terminal:\n  set -a; . {stack.env_file}; set +a\nCtrl-C stops it all."
    )


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        data: bytes = answer.read()
    return data
