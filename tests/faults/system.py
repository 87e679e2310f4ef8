"""All of Weir that can be broken: broker, Redis, database, two workers, an API; and a load."""

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import redis

from stream import topics
from stream.adapters import ping, topic_admin
from stream.embedded import ports
from stream.embedded.guard import Guard
from stream.embedded.process import ChildProcess
from stream.embedded.supervise import Supervised
from stream.keys import PartitionKeys
from tests.apache_kafka import ApacheKafka
from tests.databases import PostgresServer
from tests.faults.load import Asker, Sender
from tests.faults.proxy import Proxy
from tests.faults.redis_server import BreakableRedis
from tests.rough_log import rough_log, user_of

DOMAIN = "churn"
PARTITIONS = 4
KEY = "a-key-of-the-tests"

#: Lines a second: a fifth of what two workers on two cores take in.
RATE = 800.0


class Ground:
    """What stays from one scenario to the next: servers that take long to start.

    Attributes:
        kafka: the broker; clients are sent to it by the proxy.
        kafka_proxy: in front of it.
        postgres: the database of records.
        postgres_proxy: in front of it.
    """

    def __init__(self, directory: Path, guard: Guard) -> None:
        self.guard = guard
        self.kafka_proxy, self.postgres_proxy = Proxy(), Proxy()
        self.kafka = ApacheKafka(directory, guard, by_proxy=self.kafka_proxy.port)
        self.postgres = PostgresServer(directory, guard)

    @contextlib.contextmanager
    def standing(self) -> Iterator["Ground"]:
        """Start all, the proxies before their ports can be taken, and stop it in the end."""
        with self.kafka_proxy, self.postgres_proxy, self.kafka, self.postgres:
            self.kafka_proxy.target = self.kafka.ports["PROXIED"]
            self.postgres_proxy.target = self.postgres.port
            yield self


class System:
    """One run of the system, from an empty broker on.

    Args:
        ground: broker and database.
        directory: of this run.
        seed: of the log.
        fsync: Redis' ``appendfsync``.
        redis_dir: where Redis keeps its data; in ``directory`` if not given.
        database: a URL; a new database of the ground's PostgreSQL, by its proxy, if not given.
        env: more settings of the workers.
        fails_on: tells the records on which the domain, which has a bug, may fail.
    """

    def __init__(
        self,
        ground: Ground,
        directory: Path,
        seed: int,
        *,
        fsync: str = "everysec",
        redis_dir: Path | None = None,
        database: str | None = None,
        env: Mapping[str, str] | None = None,
        fails_on: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        self.ground, self.directory, self._seed = ground, directory, seed
        self.log = rough_log(40, 24, seed)
        self.fails_on = fails_on
        self.redis = BreakableRedis(redis_dir or directory, ground.guard, fsync)
        self.redis_proxy = Proxy()
        self.api_port = ports.any_free()
        self._env = dict(env or {})
        self.database = database or self._new_database()
        self.workers: list[Supervised] = []
        self.api: Supervised
        self.sender: Sender
        self.asker: Asker
        self.news: list[str] = []
        self._watch = threading.Thread(target=self._look_after, daemon=True)
        self._ended = threading.Event()
        self._given_up: Exception | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator["System"]:
        """Start all, with the load, and stop it in the end, however that comes."""
        self.ground.kafka.empty()
        wanted = topics.of_domain(DOMAIN, PARTITIONS)
        asyncio.run(topic_admin.ensure(self.ground.kafka.address, wanted))
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.redis_proxy)
            stack.enter_context(self.redis)
            self.redis_proxy.target = self.redis.port
            stack.callback(self._kill)
            worker = [sys.executable, "-m", "stream", "worker"]
            self.workers = [self._supervise(f"worker-{n}", worker, self._env) for n in (1, 2)]
            self.api = self._supervise("api", [sys.executable, "-m", "api"], {})
            self._watch.start()
            users = sorted({user_of(line) for line in self.log} - {""})
            self.asker = Asker(f"http://127.0.0.1:{self.api_port}", DOMAIN, users, self._seed)
            kafka = self.ground.kafka.bootstrap
            self.sender = Sender(kafka, DOMAIN, self.log, PARTITIONS, RATE)
            self.sender.start()
            self.until(lambda: min(self.offsets().values()) > 0, 90, "the first commits")
            self.until(lambda: ports.answers(self.api_port), 90, "the API")
            self.asker.start()
            self.until(lambda: bool(self.asker.answered), 90, "the first answer")
            self.until(self._have_shared, 90, "both workers have something to do")
            self.sender.go_on()
            yield self

    def _have_shared(self) -> bool:
        return all("claimed events." in one.child.log.read_text() for one in self.workers)

    def offsets(self) -> dict[int, int]:
        """Return the next offset of each partition, as committed."""
        found = {}
        with redis.Redis.from_url(self.redis.url, socket_timeout=5) as client:
            for number in range(PARTITIONS):
                offset: Any = client.hget(PartitionKeys.of(DOMAIN, number).meta, "offset")
                found[number] = int(offset or 0)
        return found

    def ends(self) -> dict[int, int]:
        """Return the end of the log of each partition."""
        names = {topics.events(DOMAIN): PARTITIONS}
        there = ping.extents(self.ground.kafka.address, names)
        return {partition: extent.end for (_, partition), extent in there.items()}

    def recover(self) -> float:
        """Wait until all goes on, and return how long that took, s.

        That is when each partition has committed what came after this call, with all before it, and
        when a score that was asked for after it is answered.
        """
        began = time.monotonic()
        ends = self.ends()

        def goes_on() -> bool:
            offsets = self.offsets()
            more = 1 if self.sender.is_alive() else 0
            return all(offsets[number] >= end + more for number, end in ends.items())

        self.until(goes_on, 120, "what came afterwards is committed")
        seconds = time.monotonic() - began
        self.until(lambda: self.asker.newest > began, 60, "an answer after the fault")
        return max(seconds, self.asker.newest - began)

    def learner(self) -> ChildProcess:
        """Return the worker that learns."""
        since = {_began_to_learn(one.child.log.read_text()): one.child for one in self.workers}
        return since[max(since)]

    def until(self, condition: Any, seconds: float, what: str) -> None:
        """Wait for a condition; while Redis is away it is not met.

        Raises:
            AssertionError: it took too long, or somebody has given up.
        """
        limit = time.monotonic() + seconds
        while True:
            with contextlib.suppress(redis.RedisError, ping.Unreachable):
                if condition():
                    return
            if self._given_up:
                raise self._given_up
            if time.monotonic() > limit:
                logs = [one.child.tail() for one in (*self.workers, self.api)]
                raise AssertionError(f"{what}: not within {seconds} s\n" + "\n\n".join(logs))
            time.sleep(0.05)

    def _supervise(self, name: str, command: list[str], more: Mapping[str, str]) -> Supervised:
        redis_url = f"redis://127.0.0.1:{self.redis_proxy.port}/0"
        env = {
            **os.environ,
            "WEIR_BROKER_URL": f"kafka://127.0.0.1:{self.ground.kafka_proxy.port}",
            "WEIR_REDIS_URL": redis_url,
            "WEIR_DATABASE_URL": self.database,
            "WEIR_API_PORT": str(self.api_port),
            "WEIR_SIGNING_KEY": KEY,
            "WEIR_DOMAINS": DOMAIN,
            "WEIR_METRICS_PORT": "0",
            "WEIR_CHUNK_RECORDS": "300",
            "WEIR_CACHE_USERS": "10",
            "WEIR_DUE_BATCH": "50",
            **more,
        }
        log, guard = self.directory / f"{name}.log", self.ground.guard
        start = partial(ChildProcess, name, command, log, guard, env)
        return Supervised(start, restarts=100, pause=0.2, lasting=0.0)

    def _look_after(self) -> None:
        while not self._ended.wait(0.1):
            for one in (*self.workers, self.api):
                try:
                    news = one.check()
                except Exception as error:  # noqa: BLE001  # it is raised where the test waits
                    self._given_up = error
                    return
                if news:
                    self.news.append(news)

    def _new_database(self) -> str:
        url = self.ground.postgres.new_database()
        return url.replace(f":{self.ground.postgres.port}/", f":{self.ground.postgres_proxy.port}/")

    def _kill(self) -> None:
        self._ended.set()
        self._watch.join(10)
        if hasattr(self, "sender"):
            self.sender.stop()
            self.asker.stop()
        for one in (*self.workers, self.api):
            one.child.kill()


def _began_to_learn(log: str) -> str:
    """Return when a worker began to learn for the last time, "" for never."""
    lines = [line for line in log.splitlines() if "learning from offset" in line]
    return lines[-1].partition('"time": "')[2][:23] if lines else ""
