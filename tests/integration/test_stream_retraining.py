"""Retraining against a learner that runs: from the examples log in Kafka to a challenger."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import pytest

from models.contest.decisions import Decision
from models.contest.policy import Policy
from models.domains.churn import Churn
from models.origin import Version
from models.training.report import RetrainingReport
from stream.adapters.examples_log import ExamplesLog, NoLog
from stream.adapters.redis_lock import Taken, held
from stream.archive import Archive, ArchiveGap
from stream.archiving import bring_up
from stream.embedded.kafka_server import KafkaServer
from stream.keys import LOCKS
from stream.rebuild import TooShort, rebuild_learner, rebuild_version
from stream.records import decode_decision, decode_example
from stream.retraining.run import Options, Outcome, Retraining
from stream.retraining.state import Request, decode_request, decode_running, encode
from tests.integration.learning_beside import Beside, examples, learning, settings_of


class Slow(Churn):
    """Nothing is decided by itself here."""

    contest = standing = probation = Policy(labels=10**9)
    settling = 5 * 86_400_000


SLOW = Slow()
ASKED = Request("r1", "ann", "to see", 1)


@cache
def log() -> tuple[bytes, ...]:
    return tuple(examples(SLOW))


Scenario = Callable[[Beside], Awaitable[None]]


@pytest.fixture
def run(fresh_broker: KafkaServer, redis_url: str, tmp_path: Path) -> Callable[[Scenario], None]:
    """Run a scenario beside a learner."""

    def start(scenario: Scenario) -> None:
        async def main() -> None:
            async with learning(SLOW, fresh_broker.bootstrap, redis_url, tmp_path) as beside:
                await scenario(beside)

        asyncio.run(main())

    return start


class Work:
    """A retraining, with all that it says and keeps."""

    def __init__(self, beside: Beside, request: Request = ASKED, **options: object) -> None:
        self.told: list[tuple[str, float | None]] = []
        self.training, self._loop = asyncio.Event(), asyncio.get_running_loop()
        self.kept: list[tuple[RetrainingReport, bytes | None]] = []
        self._retraining = Retraining(
            SLOW,
            beside.settings,
            request,
            Options(**options),  # type: ignore[arg-type]
            self._tell,
            lambda report, model: self.kept.append((report, model)),
        )

    def _tell(self, phase: str, share: float | None) -> None:
        self.told.append((phase, share))
        if phase == "training":
            self._loop.call_soon_threadsafe(self.training.set)

    async def run(self) -> Outcome:
        return await self._retraining.run()


async def until(there: Callable[[], Awaitable[object]]) -> None:
    """Wait for something that another process, or task, brings."""
    async with asyncio.timeout(60):
        while not await there():  # noqa: ASYNC110 - it is in Redis
            await asyncio.sleep(0.05)


async def decisions(beside: Beside) -> list[Decision]:
    raw = await beside.control.decisions_after("churn", "", 1000)
    return [decode_decision(found) for _, found in raw]


def test_the_best_candidate_becomes_challenger(run: Callable[[Scenario], None]) -> None:
    async def scenario(beside: Beside) -> None:
        await beside.write(log())
        await beside.learn(log())
        await beside.control.ask_retraining("churn", encode(ASKED))
        work = Work(beside, recipes=["forest"], since=0, enter=True)
        outcome = await work.run()
        assert outcome.report.chosen == "forest"
        assert outcome.answer is not None
        assert outcome.answer.kind == "challenged"
        kinds = [(d.kind, d.by) for d in await decisions(beside)]
        assert kinds == [("began", "policy"), ("retrained", "ann"), ("challenged", "ann")]
        [(report, model)] = work.kept
        assert model is not None
        assert (report.judged, report.champion) == (500, beside.learner.version)
        phases = list(dict.fromkeys(phase for phase, _ in work.told))
        assert phases == [
            "archiving examples",
            "looking through the examples",
            "training",
            "comparing",
            "handing over",
        ]
        assert await beside.control.retraining("churn") == (None, None), "asked for, and done"
        await beside.learner.publish(force=True)
        stored = await beside.store.model("churn")
        assert stored is not None
        assert b'"forest"' in stored.lineup

    run(scenario)


def test_what_came_meanwhile_is_learnt_too(run: Callable[[Scenario], None]) -> None:
    """The log grows while candidates learn; the challenger is as if it had always been there."""

    async def scenario(beside: Beside) -> None:
        first, rest = log()[:1500], log()[1500:]
        await beside.write(first)
        await beside.learn(first)

        async def grow() -> None:
            await beside.write(rest)
            await beside.learn(rest)

        growing = asyncio.create_task(grow())
        outcome = await Work(beside, recipes=["forest"], since=0, enter=True).run()
        await growing
        assert outcome.answer is not None
        assert outcome.answer.kind == "challenged"
        archive = Archive(beside.settings.archive_dir, SLOW)
        async with ExamplesLog.open(beside.settings.kafka, "churn") as whole_log:
            await bring_up(archive, whole_log)
        whole = rebuild_version(
            SLOW, archive, Version.parse(f"forest@{beside.position}"), lambda *_: None
        )
        row = dict.fromkeys(SLOW.feature_names, 0.7)
        assert beside.models["forest"].predict(row) == whole.model.predict(row)

    run(scenario)


def test_without_a_learner_it_stays_asked_for(run: Callable[[Scenario], None]) -> None:
    async def scenario(beside: Beside) -> None:
        await beside.write(log())
        await beside.learn(log())
        await beside.pause()
        working = asyncio.create_task(Work(beside, recipes=["forest"], since=0, enter=True).run())
        await until(lambda: beside.control.wishes("churn"))
        assert not working.done()
        await beside.restart()
        answer = (await working).answer
        # it came from a checkpoint as old as the candidate, or older: then it may be refused once
        assert answer is not None
        assert answer.kind == "challenged"

    run(scenario)


def test_one_at_a_time(run: Callable[[Scenario], None]) -> None:
    async def scenario(beside: Beside) -> None:
        await beside.write(log()[:50])
        await beside.learn(log()[:50])
        async with held(beside.settings.redis_url, LOCKS.retraining):
            with pytest.raises(Taken):
                await Work(beside).run()
        await Work(beside).run()

    run(scenario)


def test_stopped_in_the_middle_nothing_has_happened(run: Callable[[Scenario], None]) -> None:
    async def scenario(beside: Beside) -> None:
        await beside.write(log())
        await beside.learn(log())
        await beside.control.ask_retraining("churn", encode(ASKED))
        work = Work(beside)
        working = asyncio.create_task(work.run())
        await asyncio.wait_for(work.training.wait(), 60)
        _, running = await beside.control.retraining("churn")
        assert running is not None
        assert decode_running(running).by == "ann"
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert [d.kind for d in await decisions(beside)] == ["began"]
        asked, running = await beside.control.retraining("churn")
        assert asked is not None
        assert decode_request(asked) == ASKED, "it is still asked for"
        assert running is None
        assert work.kept == []
        await Work(beside, recipes=["forest"]).run()  # the lock is free again

    run(scenario)


def test_the_schedule_is_silent_before_the_first_labels(run: Callable[[Scenario], None]) -> None:
    async def scenario(beside: Beside) -> None:
        await beside.write(log()[:5])
        await beside.learn(log()[:5])
        await Work(beside, Request("s1", "schedule", "due", 1)).run()
        assert [d.kind for d in await decisions(beside)] == ["began"]

    run(scenario)


def test_a_version_is_made_again_to_the_bit(run: Callable[[Scenario], None]) -> None:
    async def scenario(beside: Beside) -> None:
        await beside.write(log())
        for first in range(0, len(log()), 400):
            await beside.learn(log()[first : first + 400])
        await Work(beside, recipes=["forest"], since=0, enter=True).run()
        archive = Archive(beside.settings.archive_dir, SLOW)
        version = Version.parse(beside.learner.version)
        again = rebuild_version(SLOW, archive, version, lambda *_: None)
        assert again.likeness.compared > 1_000
        assert (again.likeness.different, again.likeness.furthest) == (0, 0.0)
        row = dict.fromkeys(SLOW.feature_names, 0.7)
        assert again.model.predict(row) == beside.models[
            beside.learner.version.partition("@")[0]
        ].predict(row)
        early = rebuild_version(SLOW, archive, version._replace(position=700), lambda *_: None)
        assert early.model.predict(row) != again.model.predict(row)
        with pytest.raises(TooShort, match="has taken in"):
            rebuild_version(SLOW, archive, version._replace(position=10**6), lambda *_: None)
        learner = rebuild_learner(
            SLOW, archive, await decisions(beside), lambda *_: None, watch_drift=True
        )
        assert list(learner.models) == list(beside.models)
        for name, model in learner.models.items():
            assert model.predict(row) == beside.models[name].predict(row)

    run(scenario)


def test_the_archive_of_another_log_is_refused(
    run: Callable[[Scenario], None], tmp_path: Path
) -> None:
    async def scenario(beside: Beside) -> None:
        other = Archive(tmp_path / "archive", SLOW)
        other.append([(n, decode_example(raw)) for n, raw in enumerate(log()[:100])], 0, 100)
        await beside.write(log()[:50])
        await beside.learn(log()[:50])
        with pytest.raises(ArchiveGap, match="archive of another log"):
            await Work(beside).run()

    run(scenario)


def test_no_log_is_told(fresh_broker: KafkaServer, redis_url: str, tmp_path: Path) -> None:
    settings = settings_of(fresh_broker.bootstrap, redis_url, tmp_path)
    retraining = Retraining(SLOW, settings, ASKED, Options(), lambda *_: None, lambda *_: None)
    with pytest.raises(NoLog, match=r"no topic examples\.churn"):
        asyncio.run(retraining.run())
