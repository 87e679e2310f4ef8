"""The figures of a running stack, read where users would read them: Redis, /metrics and the API."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from models import domains
from stream.adapters.redis_reader import RedisReader
from stream.embedded.stack import LocalStack
from stream.reader import Position, Reader
from stream.redis_away import RedisAway

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


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        data: bytes = answer.read()
    return data
