"""The learner of one domain: the one ordered examples log in, model versions out."""

import asyncio
import logging
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from models.checkpoint import sign, verify
from models.domain import Domain
from models.errors import BadRecord
from models.learner import Learner
from stream.adapters.redis_store import RedisStore
from stream.metrics import Metrics
from stream.reading import RawRecord
from stream.records import decode_example
from stream.retrying import when_available
from stream.settings import Settings

logger = logging.getLogger(__name__)

#: What signed blobs are for; one kind is never accepted as another.
CHECKPOINT, SERVING = "learner", "serving"

#: So many examples are learnt at a time before events get their turn again.
_SLICE = 500

#: A replay runs through days in seconds. When a day of event time has passed since the last
#: version, the next may come this much earlier, so that scores are made by models of their day.
_DAY_MS, _HASTE = 86_400_000, 0.1


class LearnerProcess:
    """Learns in order, and publishes checkpoint, model version and offset to Redis as one.

    A restart goes on from the last checkpoint and learns the same examples again in the same
    order, so every version is a function of the recipe and the log.
    """

    def __init__(
        self,
        domain: Domain[Any, Any],
        store: RedisStore,
        metrics: Metrics,
        settings: Settings,
        now: Callable[[], float],
    ) -> None:
        self._domain, self._store, self._metrics = domain, store, metrics
        self._settings, self._now = settings, now
        self._learner = Learner(domain)
        self._token = self._offset = 0
        self._published_at, self._published_clock = 0.0, 0
        self._unpublished = False
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
            token, offset, blob = await when_available(
                lambda: self._store.claim_learner(name), self._metrics, name
            )
            key = self._settings.key
            self._learner = (
                Learner(self._domain)
                if blob is None
                else Learner.restore(self._domain, verify(blob, key, kind=CHECKPOINT))
            )
            self._token, self._offset = token, offset
            self._unpublished = blob is None
        self._metrics.set("learner_active", 1, name)
        logger.info("learning from offset %d as version %s", offset, self._learner.version)
        await self.publish(force=True)
        return offset

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
        self._learner.learn(example)
        skipped = self._learner.duplicates - skipped
        self._metrics.count("learner_skipped_total", skipped, self._domain.name)

    async def publish(self, *, force: bool = False) -> None:
        """Commit what is new when the last publication is old enough, or at once if forced.

        Raises:
            Fenced: another worker learns now.
        """
        name, key = self._domain.name, self._settings.key
        async with self._lock:
            started = self._now()
            if not self._unpublished or not (force or self._due(started)):
                return
            checkpoint = sign(self._learner.checkpoint(), key, kind=CHECKPOINT)
            predictors = self._learner.predictors()
            serving = sign(pickle.dumps(predictors), key, kind=SERVING)
            report = msgspec.json.encode(self._learner.prequential.report())
            await when_available(
                lambda: self._store.commit_learner(
                    name,
                    self._token,
                    offset=self._offset,
                    checkpoint=checkpoint,
                    version=predictors.version,
                    serving=serving,
                    report=report,
                ),
                self._metrics,
                name,
            )
            self._published_at, self._published_clock = self._now(), self._learner.clock
            self._unpublished = False
            self._version = predictors.version
        self._metrics.observe("publish_seconds", [self._now() - started], name)
        self._metrics.set("examples_learnt", self._learner.learnt, name)
        self._metrics.set("examples_waiting", self._learner.waiting, name)

    def _due(self, now: float) -> bool:
        age = (now - self._published_at) / self._settings.publish_seconds
        return age >= 1 or (
            age >= _HASTE and self._learner.clock - self._published_clock >= _DAY_MS
        )

    def measure(self) -> None:
        """Set the prequential gauges from the rolling window."""
        for report in self._learner.prequential.report():
            labels = self._domain.name, report.recipe, report.age
            for name, value in msgspec.structs.asdict(report.rolling).items():
                if value is not None:
                    self._metrics.set(f"prequential_{name}", float(value), *labels)
