"""Processes are killed, or hang, and Redis has no memory left."""

import contextlib
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import redis

from tests.faults.system import Ground, System

#: Seconds without a heartbeat after which Kafka gives a worker's partitions away: the default.
SESSION = 10.0


def worker_killed(system: System, rng: random.Random) -> None:
    rng.choice(system.workers).child.kill()


def all_workers_killed(system: System, rng: random.Random) -> None:  # noqa: ARG001
    for worker in system.workers:
        worker.child.kill()


def learner_killed(system: System, rng: random.Random) -> None:  # noqa: ARG001
    system.learner().kill()


def worker_paused(system: System, rng: random.Random) -> None:
    zombie = rng.choice(system.workers).child
    zombie.send(signal.SIGSTOP)
    # the other has its partitions by then, and recovery is until it has
    later = SESSION + rng.uniform(3, 6)
    threading.Timer(later, zombie.send, [signal.SIGCONT]).start()


def api_killed(system: System, rng: random.Random) -> None:  # noqa: ARG001
    system.api.child.kill()


def broker_killed(system: System, rng: random.Random) -> None:
    kafka = system.ground.kafka
    kafka.process.kill()
    time.sleep(rng.uniform(0, 5))
    kafka.start()


def broker_paused(system: System, rng: random.Random) -> None:
    kafka = system.ground.kafka.process
    kafka.send(signal.SIGSTOP)
    time.sleep(rng.uniform(3, 15))
    kafka.send(signal.SIGCONT)


def redis_killed(system: System, rng: random.Random) -> None:
    system.redis.kill()
    time.sleep(rng.uniform(0, 5))
    system.redis.start()


def redis_lost_newest(system: System, rng: random.Random) -> None:
    system.redis.kill()
    system.redis.lose_newest(rng.randint(1, 400_000))
    system.redis.start()


def redis_paused(system: System, rng: random.Random) -> None:
    system.redis.pause()
    time.sleep(rng.uniform(3, 15))
    system.redis.go_on()


def redis_full(system: System, rng: random.Random) -> None:
    with redis.Redis.from_url(system.redis.url) as client:
        client.config_set("maxmemory", "1mb")
        time.sleep(rng.uniform(2, 8))
        client.config_set("maxmemory", "0")


@contextlib.contextmanager
def fsync_always(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    yield System(ground, directory, seed, fsync="always")


def record_killed(system: System, rng: random.Random) -> None:
    postgres = system.ground.postgres
    postgres.process.kill()
    time.sleep(rng.uniform(0, 5))
    postgres.start()
