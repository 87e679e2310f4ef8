"""Workers killed at random moments: nothing is lost, nothing counts twice, nothing is unlike.

Two workers share a rough log (duplicates, late events, broken records) while one or the other
gets ``kill -9``, four times (ten in `make test-faults`). In the end states, snapshots and labels
are those of a backtest over the same records, to the bit, and the served model is the one that the
examples log makes.
"""

import asyncio
import random
import time
from collections.abc import Callable

import msgspec
import orjson
import pytest

from models import domains
from models.effects import Example
from stream import topics
from stream.adapters import topic_admin
from stream.backtest import Backtest
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.process import ChildProcess
from tests.e2e.conftest import KEY
from tests.e2e.sender import Sender
from tests.exactness import fact, learn_again, learner_offset, served, watched
from tests.read_topic import read_topic
from tests.rough_log import in_redis, rough_log

PARTITIONS = 4
SETTINGS = {"WEIR_CHUNK_RECORDS": "300", "WEIR_CACHE_USERS": "10", "WEIR_DUE_BATCH": "20"}


class Workers:
    """Two workers; the one that is killed is started again at once."""

    def __init__(self, start: Callable[..., ChildProcess], domain: str) -> None:
        self._start, self._settings = start, {**SETTINGS, "WEIR_DOMAINS": domain}
        self._running = [start(f"worker-{number}-0", **self._settings) for number in range(2)]
        self.kills = 0

    def kill(self, which: int) -> None:
        self._running[which].kill()
        self.kills += 1
        self._running[which] = self._start(f"worker-{which}-{self.kills}", **self._settings)

    def check(self) -> None:
        for worker in self._running:
            assert worker.exit_code() is None, worker.epitaph()

    def stop(self) -> int | None:
        """Stop both; return the exit code of the one that was not killed last."""
        for worker in self._running:
            worker.stop(grace=20)
        return min(self._running, key=lambda worker: worker.started).exit_code()


def done(url: str, domain: str) -> int:
    return in_redis(url, PARTITIONS, domain)[1].records


def learnt(url: str, domain: str) -> int:
    model = served(url, domain, KEY)
    return int(model.version.rpartition("@")[2]) if model is not None else 0


def wait_for(figure: Callable[[], int], enough: int, workers: Workers) -> None:
    limit = time.monotonic() + 120
    while figure() < enough:
        workers.check()
        assert time.monotonic() < limit, f"{figure()} of {enough}"
        time.sleep(0.1)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "users"), [("churn", 70), ("revenue", 600)])
def test_kills_change_nothing(
    fresh_broker: KafkaServer,
    redis_url: str,
    start_worker: Callable[..., ChildProcess],
    name: str,
    users: int,
    thorough: bool,
) -> None:
    seed, domain, kills = 11, domains.load(name), 10 if thorough else 4
    log = rough_log(users, 24, seed, name)
    facts: list[Example] = []
    whole = Backtest(domain, PARTITIONS, on_example=facts.append)
    for number, line in enumerate(log):
        whole.feed(number, line)
    expected = whole.result(0, 0)
    assert min(expected.rejected, expected.duplicates, expected.late, expected.labels) > 50

    asyncio.run(topic_admin.ensure(fresh_broker.address, topics.of_domain(name, PARTITIONS)))
    rng = random.Random(seed)
    workers = Workers(start_worker, name)
    sender = Sender(fresh_broker.bootstrap, name, log, PARTITIONS)
    sender.start()
    share = len(log) // (kills + 1)
    for number in range(kills):
        sender.allow(share)
        # somewhere in the midst of this share, and at times before it is even begun
        wait_for(
            lambda: done(redis_url, name), number * share + rng.choice([0, 1, share // 2]), workers
        )
        workers.kill(rng.randrange(2))
    sender.allow(len(log))
    wait_for(lambda: done(redis_url, name), len(log), workers)
    sender.join(60)
    assert not sender.is_alive()
    wait_for(lambda: learnt(redis_url, name), len(facts), workers)
    records = asyncio.run(read_topic(fresh_broker.bootstrap, topics.examples(name)))
    wait_for(lambda: learner_offset(redis_url, name), len(records), workers)
    assert workers.stop() == 0

    digest, counts = in_redis(redis_url, PARTITIONS, name)
    assert counts.unaccounted == 0
    assert counts.records == expected.events == len(log)
    for what in ("rejected", "anonymous", "duplicates", "late", "outcomes", "scored", "users"):
        assert getattr(counts, what) == getattr(expected, what), what
    assert (counts.snapshots, counts.labels) == (expected.snapshots, expected.labels)
    assert digest == expected.state_sha256

    learner, first = learn_again(name, [record.value for record in records])
    assert learner.gaps == 0
    assert sorted(map(fact, first)) == sorted(map(fact, facts))
    assert watched(redis_url, name) == (msgspec.json.encode(learner.drift()), learner.alarms)
    model = served(redis_url, name, KEY)
    assert model.version == learner.version
    rebuilt = learner.predictors()
    for example in facts[:200]:
        assert model.predictions(example.features) == rebuilt.predictions(example.features)

    scores = asyncio.run(read_topic(fresh_broker.bootstrap, topics.scores(name)))
    ids = {orjson.loads(record.value)["id"] for record in scores}
    assert len(ids) == counts.scored + counts.snapshots
    letters = asyncio.run(read_topic(fresh_broker.bootstrap, topics.dead_letters(name)))
    places = {dict(record.headers)["weir-source"] for record in letters}
    assert len(places) == counts.rejected
