"""One retraining, from the lock to the challenger."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from models.contest.decisions import Decision
from models.domain import Domain
from models.effects import Example
from models.origin import Version
from models.training.report import RetrainingReport
from models.training.study import Findings, Study
from stream.adapters.examples_log import ExamplesLog
from stream.adapters.redis_connection import Unavailable, connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_lock import HeldLock, held
from stream.adapters.redis_store import RedisStore
from stream.archive import Archive
from stream.archiving import bring_up
from stream.keys import LOCKS
from stream.records import decode_lineup, encode_decision
from stream.retraining.handover import Handover
from stream.retraining.progress import Progress, Tell
from stream.retraining.report import decision_of, report_of
from stream.retraining.state import Request, Running, encode
from stream.settings import Settings
from stream.wishing import pickle_model

#: Seconds between two signs of life.
_BEAT = 2.0


@dataclass(frozen=True)
class Options:
    """What a retraining is to try.

    Attributes:
        recipes: names of the recipes; empty for all.
        since: the day from which on candidates learn, ms; None for the usual ones.
        enter: the best candidate becomes challenger even if it was no better than the champion.
        seed: of the bootstrap.
    """

    recipes: Collection[str] = ()
    since: int | None = None
    enter: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a retraining has come to.

    Attributes:
        report: all that was found.
        answer: what the learner says to the challenger; None for none, or while it is silent.
    """

    report: RetrainingReport
    answer: Decision | None


class Retraining:
    """One retraining.

    Args:
        domain: whose.
        settings: where everything is.
        request: what asks for it.
        options: what it is to try.
        tell: told how it gets on.
        keep: keeps the report, and the signed model that was chosen, if any; called before anything
            is handed over.
    """

    def __init__(
        self,
        domain: Domain[Any, Any],
        settings: Settings,
        request: Request,
        options: Options,
        tell: Tell,
        keep: Callable[[RetrainingReport, bytes | None], None],
    ) -> None:
        self._domain, self._settings, self._request = domain, settings, request
        self._options, self._keep = options, keep
        self._progress = Progress(tell)
        self._archive = Archive(settings.archive_dir, domain)
        # not cancelled: within redis-py that may be swallowed (asyncio.wait_for, Python 3.11)
        self._ended = asyncio.Event()
        self._started_at = int(time.time() * 1000)

    async def run(self) -> Outcome:
        """Do it; cancelled, nothing has happened but that the archive is longer.

        1. Nobody else retrains meanwhile, and whoever looks sees how it gets on.
        2. The archive is brought up to the end of the examples log.
        3. Candidates learn it, and are compared with the champion.
        4. What was found is kept.
        5. The best candidate catches up with the log and becomes challenger.

        Raises:
            Taken: another retraining is running.
            Lost: the lock was lost: Redis was away for too long.
            NoLog: there are no examples.
            ArchiveGap: examples are missing.
            KafkaError: no broker answers.
        """
        settings, name = self._settings, self._domain.name
        redis = connect(settings.redis_url)
        store, control = RedisStore(redis), RedisControl(redis)
        try:
            async with held(settings.redis_url, LOCKS.retraining) as lock:
                beating = asyncio.create_task(self._beat(control, lock))
                working = asyncio.create_task(self._work(store, control))
                try:
                    await asyncio.wait({beating, working}, return_when=asyncio.FIRST_COMPLETED)
                    if beating.done():
                        beating.result()  # raises
                    return working.result()
                finally:
                    self._progress.stop()
                    self._ended.set()
                    working.cancel()
                    await asyncio.wait({beating, working})
                    with suppress(*Unavailable):
                        await control.beat_retraining(name, None)
        finally:
            await redis.aclose()

    async def _work(self, store: RedisStore, control: RedisControl) -> Outcome:
        async with ExamplesLog.open(self._settings.kafka, self._domain.name) as log:
            return await self._retrain(store, control, log)

    async def _retrain(self, store: RedisStore, control: RedisControl, log: ExamplesLog) -> Outcome:
        name, progress = self._domain.name, self._progress
        progress.begin("archiving examples")
        end = await bring_up(self._archive, log)
        model = await store.model(name)
        champion = model.version if model else ""
        there = decode_lineup(model.lineup).names if model else ()
        progress.total = end - self._archive.first()
        found = await asyncio.to_thread(self._study, champion, there)
        report = report_of(
            self._domain,
            self._request,
            found,
            started_at=self._started_at,
            offsets=(self._archive.first(), end),
            champion=champion,
            seed=self._options.seed,
        )
        decision = decision_of(report, found.judges.intake.clock)
        if not found.choice.model:
            told = b""  # the schedule comes before the first labels: nothing to tell
            if found.judged or self._request.by != "schedule":
                self._keep(report, None)
                told = encode_decision(decision)
            await control.hand_over(name, self._request.id, told)
            return Outcome(report, None)
        candidate = found.candidate()
        name, key = str(candidate.origin), self._settings.key
        self._keep(report, pickle_model(candidate.model, self._domain.name, name, key))
        progress.begin("handing over")
        handover = Handover(self._domain, control, log, self._settings.key, end)
        answer = await handover.give(found.training, candidate, decision, self._request.id)
        return Outcome(report, answer)

    def _study(self, champion: str, there: Collection[str]) -> Findings:
        options = self._options
        return Study(
            self._domain,
            self._examples,
            str(Version.parse(champion).origin) if champion else "",
            there,
            recipes=options.recipes,
            since=options.since,
            shift=self._request.shift,
            enter=options.enter,
            most=self._settings.retrain_labels,
            seed=options.seed,
            clock=time.perf_counter,
            progress=self._progress.passed,
        ).run()

    def _examples(self) -> Iterator[Example]:
        return (record for _, record in self._archive.read() if isinstance(record, Example))

    async def _beat(self, control: RedisControl, lock: HeldLock) -> None:
        """Give signs of life, and hold the lock, for as long as this lasts."""
        request, progress = self._request, self._progress
        while not self._ended.is_set():
            sign = Running(
                id=request.id,
                by=request.by,
                reason=request.reason,
                started_at=self._started_at,
                phase=progress.phase,
                share=progress.share,
                beat_at=int(time.time() * 1000),
            )
            with suppress(*Unavailable):  # for as long as the lock lasts
                await control.beat_retraining(self._domain.name, encode(sign))
                await lock.extend()
            with suppress(TimeoutError):
                async with asyncio.timeout(_BEAT):
                    await self._ended.wait()
