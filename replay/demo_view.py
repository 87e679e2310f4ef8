"""What ``replay demo`` shows: live figures while the log flows, and the summary."""

import json
import time
import urllib.error
import urllib.request
from types import TracebackType
from typing import Any, Self

from prometheus_client.parser import text_string_to_metric_families
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
                    if sample.name == f"{_LATENCY}_bucket":
                        bound = float(sample.labels["le"])
                        buckets[bound] = buckets.get(bound, 0.0) + sample.value
        return buckets


class View:
    """Live figures: a panel on a terminal, a line every few seconds elsewhere."""

    def __init__(self, console: Console, figures: Figures) -> None:
        self._console, self._figures = console, figures
        self._live = Live(console=console, transient=True) if console.is_terminal else None
        self._last: tuple[float, int] = (time.perf_counter(), 0)
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

    async def look(self) -> tuple[int, int]:
        """Show how far it is; return the records done, and the labels not yet learnt."""
        position, version, report = await self._figures.position()
        counts = position.counts
        now, (before, records) = time.perf_counter(), self._last
        rate = (counts.records - records) / (now - before)
        self._last = now, counts.records
        rolling = report[0]["rolling"] if report else {}
        auc = rolling.get("auc")
        line = (
            f"{counts.records:>9,} events  {rate:>7,.0f}/s  {counts.snapshots:>7,} snapshots  "
            f"{counts.labels:>7,} labels  AUC {'-' if auc is None else f'{auc:.3f}'}  {version}"
        )
        if self._live is not None:
            self._live.update(Panel(Group(line, self._riskiest()), title=self._figures.domain))
        elif now - self._said_at > _SECONDS_BETWEEN_LINES:
            self._said_at = now
            self._console.print(line, highlight=False, soft_wrap=True)
        return counts.records, counts.labels - int(version.rpartition("@")[2])

    def _riskiest(self) -> RenderableType:
        table = Table("user", "score", box=None, title="highest now (API)")
        try:
            ranking = self._figures.get(f"/v1/{self._figures.domain}/users?limit=5")
        except (urllib.error.URLError, TimeoutError) as error:
            return f"the API does not answer: {error}"
        for row in ranking["users"]:
            table.add_row(row["user_id"], f"{row['score']:.3f}")
        return table


async def summary(figures: Figures, rate: float) -> RenderableType:
    """Return the summary of a finished run, with one user's score from the API."""
    position, version, report = await figures.position()
    counts, name = position.counts, figures.domain
    p50, p99 = figures.quantile(0.5), figures.quantile(0.99)
    table = Table(title=f"{name}: {domains.load(name).title}", show_header=False)
    table.add_row("events in", f"{counts.records:,}")
    for result in ("scored", "late", "duplicates", "outcomes", "anonymous", "rejected"):
        table.add_row(f"  {result}", f"{getattr(counts, result):,}")
    table.add_row("  unaccounted for", f"{counts.unaccounted:,}")
    table.add_row("users", f"{counts.users:,}")
    table.add_row("snapshots", f"{counts.snapshots:,}")
    table.add_row("labels", f"{counts.labels:,}  ({counts.positives:,} positive)")
    for one in report:
        rolling = one["rolling"]
        if rolling["auc"] is not None:
            table.add_row(
                f"AUC of {one['recipe']}",
                f"{rolling['auc']:.3f}  (PR-AUC {rolling['pr_auc']:.3f} at a base rate of "
                f"{rolling['base_rate']:.3f}, ECE {rolling['ece']:.3f}; newest "
                f"{rolling['labels']:,} labels)",
            )
    table.add_row("model version", version)
    table.add_row("events/s", f"{rate:,.0f}  (broker to Redis and output topics)")
    if p50 is not None and p99 is not None:
        table.add_row("event to score", f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    return Group(table, _one_user(figures))


def _one_user(figures: Figures) -> RenderableType:
    ranking = figures.get(f"/v1/{figures.domain}/users?limit=1")
    user_id = ranking["users"][0]["user_id"]
    path = f"/v1/{figures.domain}/users/{user_id}"
    user = figures.get(path)
    table = Table(title=f"GET {path}: {user['score']:.3f}", show_header=False)
    table.add_row("as of", user["as_of"])
    table.add_row("rank percentile", f"{user['rank_percentile']:.1f}")
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
