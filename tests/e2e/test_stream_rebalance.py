"""Workers join and leave under load: order is kept, and who has lost a partition writes no more.

One worker, then two, then three; the one that learns is told to stop, of the two that are left the
one that learns is killed, and another joins. Redis tells every claim and every commit. In the end
all is as a backtest makes it of the records as they lie in Kafka. (That a former owner's commit is
refused when it comes late: ``tests/contract/test_stream_redis_store.py`` and, with workers that are
frozen and thawed, ``tests/integration/test_stream_transport.py`` and ``tests/faults``.)
"""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise

import orjson
import pytest

from models import domains
from models.effects import Example
from stream import topics
from stream.adapters import topic_admin
from stream.backtest import Backtest
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.process import ChildProcess
from tests.commit_watch import CommitWatch
from tests.e2e.conftest import KEY
from tests.e2e.sender import Sender
from tests.exactness import fact, learn_again, learner_offset, served
from tests.read_topic import read_topic
from tests.rough_log import in_redis, rough_log

PARTITIONS = 6
DOMAIN = "churn"
CHANGES = 6
SETTINGS = {
    "WEIR_CHUNK_RECORDS": "200",
    "WEIR_CACHE_USERS": "10",
    "WEIR_DUE_BATCH": "20",
    "WEIR_PARTITIONS": str(PARTITIONS),
}

#: Records that may be sent each time somebody looks, about twenty times a second.
TRICKLE = 8


class Stage:
    """Workers that come and go, and a load that does not wait for them."""

    def __init__(
        self, start: Callable[..., ChildProcess], watch: CommitWatch, sender: Sender, records: int
    ) -> None:
        self._start, self._watch, self._sender = start, watch, sender
        self._share = records // (CHANGES + 1)
        self._joined = 0
        self.running: list[ChildProcess] = []

    def join(self) -> None:
        """Let another worker join; return when all have their part, and go on."""
        with self._rebalancing():
            self._joined += 1
            self.running.append(self._start(f"worker-{self._joined}", **SETTINGS))

    def leave(self, how: Callable[[ChildProcess], None]) -> None:
        """Let the worker that learns leave; return when the others have its part, and go on."""
        with self._rebalancing():
            leaving = max(self.running, key=_began_to_learn)
            assert _began_to_learn(leaving)
            self.running.remove(leaving)
            how(leaving)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait, with nobody ending meanwhile."""
        limit = time.monotonic() + 120
        while not condition():
            for worker in self.running:
                assert worker.exit_code() is None, worker.epitaph()
            assert time.monotonic() < limit, f"{what}: not yet"
            time.sleep(0.05)

    def _rebalancing(self) -> "_Rebalance":
        return _Rebalance(self, self._watch, self._sender, self._share)


class _Rebalance:
    """A change, the load during it, and its end: everything is claimed anew, and committed to."""

    def __init__(self, stage: Stage, watch: CommitWatch, sender: Sender, share: int) -> None:
        self._stage, self._watch, self._sender = stage, watch, sender
        self._left, self._kept = share, share // 3

    def __enter__(self) -> None:
        all_of_them = (CommitWatch.LEARNING, *range(PARTITIONS))
        self._before = {one: set(self._watch.claims[one]) for one in all_of_them}
        self._claimed = {worker.name: _claims(worker) for worker in self._stage.running}

    def __exit__(self, *raised: object) -> None:
        if raised[0] is None:
            self._stage.until(self._over, "all is claimed anew, and goes on")
            self._allow(self._left)

    def _allow(self, records: int) -> None:
        if records:
            self._sender.allow(records)
        self._left -= records

    def _over(self) -> bool:
        claimed = all(
            (claims := self._watch.claims[one]) and claims[-1] not in before
            for one, before in self._before.items()
        )
        # something must be left to commit when the new owners are there, however long that takes
        self._allow(max(0, min(TRICKLE, self._left - (0 if claimed else self._kept))))
        running = self._stage.running
        return all(_claims(one) > self._claimed.get(one.name, 0) for one in running) and all(
            (commits := self._watch.commits[one]) and commits[-1].token not in before
            for one, before in self._before.items()
        )


def _claims(worker: ChildProcess) -> int:
    """Return how often a worker has been given a partition of the events."""
    return worker.log.read_text().count(f"claimed {topics.events(DOMAIN)} ")


def _began_to_learn(worker: ChildProcess) -> str:
    """Return when a worker began to learn for the last time, "" for never."""
    lines = [one for one in worker.log.read_text().splitlines() if "learning from offset" in one]
    return lines[-1].partition('"time": "')[2][:23] if lines else ""


def _stop(worker: ChildProcess) -> None:
    worker.stop(grace=20)
    assert worker.exit_code() == 0, worker.epitaph()


@pytest.mark.timeout(600)
def test_workers_join_and_leave_under_load(
    fresh_broker: KafkaServer, redis_url: str, start_worker: Callable[..., ChildProcess]
) -> None:
    log = rough_log(40, 24, 17, DOMAIN)
    asyncio.run(topic_admin.ensure(fresh_broker.address, topics.of_domain(DOMAIN, PARTITIONS)))
    sender = Sender(fresh_broker.bootstrap, DOMAIN, log, PARTITIONS)
    sender.start()
    with CommitWatch(redis_url) as watch:
        stage = Stage(start_worker, watch, sender, len(log))
        stage.join()
        stage.join()
        stage.join()
        stage.leave(_stop)
        stage.leave(ChildProcess.kill)
        stage.join()
        sender.allow(len(log))
        stage.until(
            lambda: in_redis(redis_url, PARTITIONS)[1].records == len(log), "all is committed"
        )
        sender.join(60)
        assert not sender.is_alive()
        examples = asyncio.run(read_topic(fresh_broker.bootstrap, topics.examples(DOMAIN)))
        stage.until(lambda: learner_offset(redis_url, DOMAIN) == len(examples), "all is learnt")
        for worker in stage.running:
            _stop(worker)

    _assert_owned(watch)
    _assert_ordered(fresh_broker)
    _assert_as_a_backtest(fresh_broker, redis_url, [record.value for record in examples])


def _assert_owned(watch: CommitWatch) -> None:
    """Assert that only owners wrote, each offset once, and that learning moved with its worker."""
    for one in (CommitWatch.LEARNING, *range(PARTITIONS)):
        commits = watch.commits[one]
        assert all(commit.token == commit.owner for commit in commits)
        # an owner that has lost it does not come back under the same token
        owners = [commit.owner for commit in commits]
        assert owners == sorted(owners, key=watch.claims[one].index)
        assert len(set(watch.claims[one])) == len(watch.claims[one])
    for partition in range(PARTITIONS):
        commits = watch.commits[partition]
        # the schedule alone may be committed to, between two chunks; no offset ever comes again
        assert [commit.number for commit in commits] == list(range(1, len(commits) + 1))
        assert all(after.offset >= before.offset for before, after in pairwise(commits))
    learnt = watch.commits[CommitWatch.LEARNING]
    assert all(after.offset >= before.offset for before, after in pairwise(learnt))
    assert len({commit.owner for commit in learnt}) >= CHANGES


def _assert_ordered(broker: KafkaServer) -> None:
    """Assert that the scores of a partition are in the order of its events."""
    seen: set[str] = set()
    newest = dict.fromkeys(range(PARTITIONS), -1)
    for record in asyncio.run(read_topic(broker.bootstrap, topics.scores(DOMAIN))):
        score = orjson.loads(record.value)
        if score["id"] in seen:
            continue
        seen.add(score["id"])
        if score["offset"] >= 0:  # not of the schedule
            assert score["offset"] > newest[record.partition]
            newest[record.partition] = score["offset"]
    assert min(newest.values()) > 0


def _assert_as_a_backtest(broker: KafkaServer, redis_url: str, examples: list[bytes]) -> None:
    facts: list[Example] = []
    whole = Backtest(domains.load(DOMAIN), PARTITIONS, on_example=facts.append)
    events = asyncio.run(read_topic(broker.bootstrap, topics.events(DOMAIN)))
    for number, record in enumerate(events):
        whole.feed(number, record.value)
    expected = whole.result(0, 0)
    digest, counts = in_redis(redis_url, PARTITIONS)
    assert counts.unaccounted == 0
    assert counts.records == expected.events == len(events)
    for what in ("rejected", "anonymous", "duplicates", "late", "outcomes", "scored", "users"):
        assert getattr(counts, what) == getattr(expected, what), what
    assert (counts.snapshots, counts.labels) == (expected.snapshots, expected.labels)
    assert digest == expected.state_sha256
    learner, first = learn_again(DOMAIN, examples)
    assert learner.gaps == 0
    assert sorted(map(fact, first)) == sorted(map(fact, facts))
    assert served(redis_url, DOMAIN, KEY).version == learner.version
