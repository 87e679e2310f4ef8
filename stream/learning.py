"""The learner of one domain: the one ordered examples log in, model versions out."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from models.alarms import Alarm
from models.checkpoint import verify
from models.contest.decisions import Decision
from models.contest.wishes import Challenge
from models.domain import Domain
from models.drift_report import DriftReport
from models.effects import Snapshot
from models.errors import BadCheckpoint, BadRecord
from models.learner import Learner
from models.prequential import ModelReport
from stream.adapters.redis_connection import Unavailable
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.elapsed import elapsed
from stream.emitter import Emitter
from stream.learner_gauges import (
    Shown,
    begin_decisions,
    begin_drift,
    detections,
    show_drift,
    show_figures,
)
from stream.metrics import Metrics
from stream.publication import CHECKPOINT, encode_lineup, publication_of
from stream.reading import RawRecord
from stream.records import decode_example
from stream.retrying import when_available
from stream.settings import Settings
from stream.wishing import decode_wish, unpickle_model

logger = logging.getLogger(__name__)

#: So many examples are learnt at a time before events get their turn again.
_SLICE = 500

#: A replay runs through days in seconds. When a day of event time has passed since the last
#: version, the next may come this much earlier, so that scores are made by models of their day.
_DAY_MS, _HASTE = 86_400_000, 0.1

#: Seconds between two looks at what is wished for, and between two reports of the line-up.
_ASK_SECONDS, _LINEUP_SECONDS = 0.5, 5.0


class LearnerProcess:
    """Learns in order, and publishes checkpoint, model version and offset to Redis as one.

    Drift alarms are published with them: first to Kafka, then to Redis, each with an id that is the
    same when it is given again after a restart. So are decisions about the line-up, and the wishes
    that they fulfil are gone in the same commit: each is carried out once, or not yet.

    A restart goes on from the last checkpoint and learns the same examples again in the same
    order, so every version is a function of the recipe and the log.
    """

    def __init__(
        self,
        domain: Domain[Any, Any],
        store: RedisStore,
        control: RedisControl,
        emitter: Emitter,
        metrics: Metrics,
        settings: Settings,
        now: Callable[[], float],
    ) -> None:
        self._domain, self._store, self._control = domain, store, control
        self._emitter, self._metrics = emitter, metrics
        self._settings, self._now = settings, now
        self._shown = Shown(metrics)
        self._learner = self._new_learner()
        self._figures: list[ModelReport] = []
        self._drift: DriftReport | None = None
        self._detections: dict[tuple[str, str], int] = {}
        self._token = self._last = ""
        self._offset = self._commits = 0
        self._published_at, self._published_clock = 0.0, 0
        self._unpublished = False
        self._granted: list[str] = []
        self._asked_at = 0.0
        self._lineup, self._lineup_at, self._lineup_old = b"", 0.0, False
        self._version = ""
        self._lock = asyncio.Lock()

    @property
    def offset(self) -> int:
        """The next offset of the examples log to learn."""
        return self._offset

    @property
    def version(self) -> str:
        """The version published last by this worker; empty before the first."""
        return self._version

    async def claim(self) -> int:
        """Take over learning from the last checkpoint; return the next offset.

        Raises:
            BadCheckpoint: the checkpoint is not ours, or was tampered with.
        """
        name = self._domain.name
        async with self._lock:
            claim = await when_available(
                lambda: self._store.claim_learner(name), self._metrics, name
            )
            if claim.checkpoint is None:
                self._learner = self._new_learner()
                self._learner.begin()
            else:
                self._learner = self._restored(claim.checkpoint)
            drift = self._learner.drift()
            self._detections = detections(drift) if drift else {}
            begin_decisions(self._metrics, name)
            if drift:
                begin_drift(self._metrics, name, drift)
            self._token, self._last, self._offset = claim.token, claim.last, claim.offset
            self._unpublished = claim.checkpoint is None
            self._granted, self._lineup_at = [], 0.0
        self._metrics.set("learner_active", 1, name)
        logger.info("learning from offset %d as version %s", claim.offset, self._learner.version)
        await self.publish(force=True)
        return claim.offset

    def _new_learner(self) -> Learner:
        return Learner(self._domain, watch_drift=self._settings.watch_drift)

    def _restored(self, blob: bytes) -> Learner:
        checkpoint = verify(blob, self._settings.key, kind=CHECKPOINT, subject=self._domain.name)
        watch = self._settings.watch_drift
        return Learner.restore(self._domain, checkpoint, watch_drift=watch)

    def released(self) -> None:
        """Note that another worker learns from here on."""
        self._metrics.set("learner_active", 0, self._domain.name)

    async def process(self, records: Sequence[RawRecord]) -> None:
        """Learn a chunk of examples; publish when it is time.

        Raises:
            Fenced: another worker learns now.
        """
        for first in range(0, len(records), _SLICE):
            async with self._lock:
                for record in records[first : first + _SLICE]:
                    self._learn(record)
                self._offset = records[min(first + _SLICE, len(records)) - 1].offset + 1
                self._unpublished = True
            await self.publish()
            await asyncio.sleep(0)

    def _learn(self, record: RawRecord) -> None:
        if record.offset < self._offset:
            return
        try:
            example = decode_example(record.value)
        except BadRecord as error:
            # only Weir writes this topic: someone else did, or a release changed the format
            logger.error("an example cannot be read", extra={"offset": record.offset, "why": error})  # noqa: TRY400 - the reason says it all
            self._metrics.count("rejected_total", 1, self._domain.name, error.reason)
            return
        skipped = self._learner.duplicates
        if isinstance(example, Snapshot):
            self._learner.take(example)
        else:
            self._learner.learn(example)
        skipped = self._learner.duplicates - skipped
        self._metrics.count("learner_skipped_total", skipped, self._domain.name)

    async def publish(self, *, force: bool = False) -> None:
        """Commit what is new when the last publication is old enough, or at once if forced.

        What is wished for is looked at before; what was granted is committed at once.

        Raises:
            Fenced: another worker learns now.
        """
        name = self._domain.name
        async with self._lock:
            started = self._now()
            if elapsed(self._asked_at, started) >= _ASK_SECONDS:
                self._asked_at = started
                await self._grant_wishes()
            if self._granted:
                self._unpublished = force = True
            if self._lineup_old and self._lineup_waited(started):
                self._unpublished = True  # else it would stay old for as long as no label comes
            if not self._unpublished or not (force or self._due(started)):
                return
            alarms = await self._give_alarms(int(started * 1000))
            decisions = self._stamped(int(started * 1000))
            self._figures, self._drift = self._learner.prequential.report(), self._learner.drift()
            self._commits += 1
            publication = publication_of(
                self._learner,
                self._settings.key,
                name=f"{self._token}-{self._commits}",
                follows=self._last,
                offset=self._offset,
                figures=self._figures,
                drift=self._drift,
                lineup=self._lineup_report(started, anew=bool(decisions)),
                alarms=alarms,
                granted=self._granted,
                decisions=decisions,
            )
            await when_available(
                lambda: self._store.commit_learner(name, self._token, publication),
                self._metrics,
                name,
            )
            self._last = publication.name
            self._published_at, self._published_clock = self._now(), self._learner.clock
            self._unpublished, self._granted = False, []
            self._version = publication.version
        for alarm in alarms:
            what = alarm.kind, alarm.signal, alarm.direction
            self._metrics.count("drift_alarms_total", 1, name, *what)
        for decision in decisions:
            self._metrics.count("decisions_total", 1, name, decision.kind)
        self._metrics.set("model_published_seconds", self._published_at, name)
        if self._learner.clock:
            self._metrics.set("learner_clock_seconds", self._learner.clock / 1000, name)
        self._metrics.observe("publish_seconds", [self._now() - started], name)
        self._metrics.set("examples_learnt", self._learner.learnt, name)
        self._metrics.set("examples_waiting", self._learner.waiting, name)

    async def _grant_wishes(self) -> None:
        """Carry out what is wished for, in order, as far as its time has come."""
        try:
            wishes = await self._control.wishes(self._domain.name)
        except Unavailable:
            return  # the next commit waits for Redis
        for wish_id, raw in wishes.items():
            if wish_id not in self._granted and await asyncio.to_thread(self._grant, raw):
                self._granted.append(wish_id)

    def _grant(self, raw: bytes) -> bool:
        try:
            wish = decode_wish(raw)
        except ValueError as error:
            logger.error("a wish cannot be read: %s", error)  # noqa: TRY400 - the reason says it all
            return True
        if not isinstance(wish, Challenge):
            return self._learner.grant(wish)
        try:
            model = unpickle_model(wish, self._domain.name, self._settings.key)
        except BadCheckpoint as error:
            self._learner.refuse(wish, str(error))
            return True
        return self._learner.grant(wish, model)

    def _stamped(self, wall_ms: int) -> list[Decision]:
        """Return the decisions taken since the last publication."""
        taken = self._learner.collect_decisions()
        decisions = [msgspec.structs.replace(one, wall_time=wall_ms) for one in taken]
        for decision in decisions:
            logger.warning(
                "%s %s: %s",
                *(decision.kind, decision.model, decision.reason),
                extra={"champion": decision.champion, "by": decision.by, "id": decision.id},
            )
        return decisions

    def _lineup_waited(self, now: float) -> bool:
        return elapsed(self._lineup_at, now) >= _LINEUP_SECONDS

    def _lineup_report(self, now: float, *, anew: bool) -> bytes:
        """Return how the contests stand; worked out now and then, for that takes a while."""
        self._lineup_old = not (anew or not self._lineup or self._lineup_waited(now))
        if not self._lineup_old:
            self._lineup_at = now
            self._lineup = encode_lineup(self._learner)
        return self._lineup

    async def _give_alarms(self, wall_ms: int) -> list[Alarm]:
        """Write the alarms given since the last publication to their topic; return them."""
        given, self._learner.alarms = self._learner.alarms, []
        alarms = [msgspec.structs.replace(alarm, wall_time=wall_ms) for alarm in given]
        for alarm in alarms:
            logger.warning(
                "drift: %s %s", alarm.signal, alarm.direction, extra=msgspec.structs.asdict(alarm)
            )
            self._emitter.alarm(alarm)
        if alarms:
            await self._emitter.flush()
        return alarms

    def _due(self, now: float) -> bool:
        age = elapsed(self._published_at, now) / self._settings.publish_seconds
        return age >= 1 or (
            age >= _HASTE and self._learner.clock - self._published_clock >= _DAY_MS
        )

    def measure(self) -> None:
        """Set the gauges of what was published last."""
        name = self._domain.name
        show_figures(self._shown, name, self._figures)
        found: dict[tuple[str, str], int] = {}
        if self._drift is not None:
            show_drift(self._shown, name, self._drift)
            found = detections(self._drift)
        self._shown.end()
        for (kind, signal), count in found.items():
            more = count - self._detections.get((kind, signal), 0)
            self._metrics.count("drift_detections_total", more, name, kind, signal)
        self._detections = found
