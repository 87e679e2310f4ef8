"""Looks at one domain, for all who listen to it and for this process's gauges."""

import asyncio
import logging
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from api.decision_answer import decision_answer, retraining_answer
from api.drift_answer import alarm_answer, drift_answer
from api.live.event import event
from api.live.hub import Hub
from api.live.news import News, ScoreNews
from api.live.status import Health, Speed, health
from api.model_answer import model_answer
from api.scoring import iso
from api.serving import Serving
from stream.glimpse import Glimpse, Watched, decode_alarm
from stream.latest import LatestScore
from stream.metrics import Metrics
from stream.pulse import Sign
from stream.records import decode_decision
from stream.redis_away import RedisAway
from stream.retraining.state import present

logger = logging.getLogger(__name__)

#: Seconds between two looks, and between two words on how the stream is.
LOOK_SECONDS = 1.0

#: The ranking is read at every so many looks; the model is told at most once in so many seconds.
RANKING_LOOKS, MODEL_SECONDS = 2, 5.0

#: Rows of the ranking, and alarms and decisions, in the picture.
RANKED, NEWEST = 10, 50

#: An alarm or a decision, as it is told.
Said = dict[str, Any]


class Watch:
    """One domain's look-out.

    Args:
        serving: the domain as it is served; refreshed here.
        hub: whom to tell.
        metrics: where the gauges are.
    """

    def __init__(self, serving: Serving, hub: Hub, metrics: Metrics) -> None:
        self._serving, self._hub, self._metrics = serving, hub, metrics
        self._name = serving.domain.name
        self._pulse: dict[int, Sign] = {}
        self._watched: Watched | None = None
        self._scores, self._speed = ScoreNews(), Speed()
        self._alarms, self._decisions = News(decode_alarm), News(decode_decision)
        self._per_second = 0.0
        self._looks = 0
        self._model: tuple[str, bytes, bytes] | None = None
        self._model_at = 0.0
        self._trouble = ""

    async def run(self) -> None:
        """Look and tell for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_looking())
            group.create_task(self._keep_telling())

    async def look(self) -> None:
        """Refresh what is served, and tell what of it is new; when that fails, log it once."""
        await self._serving.try_refresh()
        if self._serving.away:
            return
        try:
            await self._look()
        except RedisAway as error:
            self._serving.lost(error)
        except Exception as error:
            # whatever it is, the next look may succeed
            if str(error) != self._trouble:
                logger.exception("cannot look at %s", self._name)
            self._trouble = str(error)
        else:
            self._trouble = ""

    def tell_status(self) -> None:
        """Tell how the stream is, as of the last look."""
        self._hub.show(self._name, event("status", self._name, self._status()))

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def _keep_telling(self) -> None:
        # by a clock of its own: while Redis hangs, a look takes seconds
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.tell_status()

    async def _look(self) -> None:
        position = self._serving.position
        seen = await self._serving.reader.glimpse(position.partitions)
        self._per_second = self._speed.at(time.monotonic(), position.counts.records)
        self._pulse = dict(seen.pulse)
        self._set_clocks(position.committed_at)
        self._tell_news(seen)
        self._tell_model()
        if self._looks % RANKING_LOOKS == 0:
            await self._look_at_ranking()
        self._looks += 1

    def _tell_news(self, seen: Glimpse) -> None:
        if scores := self._scores.of(seen.latest):
            content = {"domain": self._name, "scores": [_score(score) for score in scores]}
            self._hub.show(self._name, event("scores", self._name, content))
        if (alarms := self._alarms.of(seen.watched.alarms)) is not None:
            self._tell("alarm", *([alarm_answer(one) for one in part] for part in alarms))
        if (decisions := self._decisions.of(seen.decisions)) is not None:
            self._tell("decision", *([decision_answer(one) for one in part] for part in decisions))
        self._tell_retraining(seen)
        watched = Watched(seen.watched.version, seen.watched.report, ())
        if watched != self._watched:
            self._watched = watched
            content = drift_answer(self._serving, watched)
            self._hub.show_change(self._name, event("drift", self._name, content))

    def _tell(self, kind: str, newest: Sequence[Said], fresh: Sequence[Said]) -> None:
        """Tell of alarms or decisions: those so far in one, and each new one by itself."""
        many = f"{kind}s"
        picture = event(many, self._name, {"domain": self._name, many: newest[:NEWEST]})
        if not fresh:
            self._hub.show(self._name, picture)  # the first look, or they are gone
            return
        self._hub.remember(self._name, picture)
        for one in fresh:
            self._hub.tell(self._name, event(kind, self._name, one, number=one["id"]))

    def _tell_retraining(self, seen: Glimpse) -> None:
        self._serving.retraining = seen.retraining
        state = retraining_answer(present(*seen.retraining, int(time.time() * 1000)))
        content = {"domain": self._name, **state}
        self._hub.show_change(self._name, event("retraining", self._name, content))

    def _tell_model(self) -> None:
        reader = self._serving.reader
        model = self._serving.models.version, reader.report, reader.lineup
        now = time.monotonic()
        if model == self._model or (self._model and now - self._model_at < MODEL_SECONDS):
            return
        self._model, self._model_at = model, now
        self._hub.show_change(self._name, event("model", self._name, model_answer(self._serving)))

    async def _look_at_ranking(self) -> None:
        position, reader = self._serving.position, self._serving.reader
        partitions = position.partitions
        page = await reader.ranking((0,) * partitions, RANKED, descending=True)
        counts, bounds = await reader.bands(partitions), self._serving.domain.objective.bands
        self._set_bands(bounds, counts)
        content = {
            "domain": self._name,
            "as_of": iso(position.clock) if position.clock else None,
            "total": sum(counts),
            "bands": [{"above": b, "users": n} for b, n in zip(bounds, counts, strict=True)],
            "users": [
                {"rank": rank, "user_id": user_id, "score": score}
                for rank, (user_id, score) in enumerate(page.rows, page.first)
            ],
        }
        self._hub.show_change(self._name, event("ranking", self._name, content))

    def _status(self) -> dict[str, Any]:
        now_ms = int(time.time() * 1000)
        serving = self._serving
        if serving.away:
            pulse_at = max((sign.at for sign in self._pulse.values()), default=0)
            found = Health("unknown", None, pulse_at, serving.away)
        else:
            found = health(serving.position, self._pulse, now_ms)
        position = serving.last_position
        counts = position.counts
        return {
            "domain": self._name,
            "state": found.state,
            "detail": found.detail,
            "clock": iso(position.clock) if position.clock else None,
            "committed_at": iso(position.committed_at) if position.committed_at else None,
            "pulse_at": iso(found.pulse_at) if found.pulse_at else None,
            "records": counts.records,
            "events_per_second": 0.0 if serving.away else self._per_second,
            "lag": found.lag,
            "users": counts.users,
            "snapshots": counts.snapshots,
            "labels": counts.labels,
            "rejected": counts.rejected,
            "pending": counts.pending,
            "model_version": serving.models.version,
            "published": serving.published,
        }

    def _set_clocks(self, committed_at: int) -> None:
        # a commit is a sign of life too: it is there still when the worker has taken its own back
        alive_at = max([committed_at, *(sign.at for sign in self._pulse.values())])
        for name, at in (("committed", committed_at), ("pulse", alive_at)):
            if at:
                self._metrics.set(f"stream_{name}_seconds", at / 1000, self._name)

    def _set_bands(self, bounds: Sequence[float], counts: Sequence[int]) -> None:
        for bound, count in zip(bounds, counts, strict=True):
            self._metrics.set("users_by_score", count, self._name, f"{bound:g}")
        middles = [(low + high) / 2 for low, high in pairwise([*bounds, bounds[-1]])]
        total = sum(n * middle for n, middle in zip(counts, middles, strict=True))
        self._metrics.set("score_sum", total, self._name)


def _score(score: LatestScore) -> dict[str, Any]:
    return {
        "user_id": score.user_id,
        "score": score.score,
        "at": iso(score.at),
        "model_version": score.version,
    }
