"""The kinds of fault: each breaks something, keeps it broken for a while, and mends it."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import redis

from tests.faults.system import Ground, System

ROOT = Path(__file__).parents[2]

#: Seconds without a heartbeat after which Kafka gives a worker's partitions away: the default.
SESSION = 10.0

Strike = Callable[[System, random.Random], None]
Setting = Callable[[Ground, Path, int], contextlib.AbstractContextManager[System]]


@contextlib.contextmanager
def usual(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    """Give the system as it is."""
    yield System(ground, directory, seed)


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes:
        name: of it, for the command line.
        what: is done.
        promise: what is to become of it, besides that nothing is lost and nothing counts twice.
        strike: does it, and mends it; what is mended by itself (a supervisor) is left.
        setting: makes the system, where something about it must be special.
        needs: what of Debian, or of the user, must be there, in words; None when it is.
        brief: whether it is one of the few in `make test`.
    """

    name: str
    what: str
    promise: str
    strike: Strike
    setting: Setting = usual
    needs: Callable[[], str | None] = lambda: None
    brief: bool = False


def _worker_killed(system: System, rng: random.Random) -> None:
    rng.choice(system.workers).child.kill()


def _all_workers_killed(system: System, rng: random.Random) -> None:  # noqa: ARG001
    for worker in system.workers:
        worker.child.kill()


def _learner_killed(system: System, rng: random.Random) -> None:  # noqa: ARG001
    system.learner().kill()


def _worker_paused(system: System, rng: random.Random) -> None:
    zombie = rng.choice(system.workers).child
    zombie.send(signal.SIGSTOP)
    # the other has its partitions by then, and recovery is until it has
    later = SESSION + rng.uniform(3, 6)
    threading.Timer(later, zombie.send, [signal.SIGCONT]).start()


def _api_killed(system: System, rng: random.Random) -> None:  # noqa: ARG001
    system.api.child.kill()


def _broker_killed(system: System, rng: random.Random) -> None:
    kafka = system.ground.kafka
    kafka.process.kill()
    time.sleep(rng.uniform(0, 5))
    kafka.start()


def _broker_paused(system: System, rng: random.Random) -> None:
    kafka = system.ground.kafka.process
    kafka.send(signal.SIGSTOP)
    time.sleep(rng.uniform(3, 15))
    kafka.send(signal.SIGCONT)


def _redis_killed(system: System, rng: random.Random) -> None:
    system.redis.kill()
    time.sleep(rng.uniform(0, 5))
    system.redis.start()


def _redis_lost_newest(system: System, rng: random.Random) -> None:
    system.redis.kill()
    system.redis.lose_newest(rng.randint(1, 400_000))
    system.redis.start()


def _redis_paused(system: System, rng: random.Random) -> None:
    system.redis.pause()
    time.sleep(rng.uniform(3, 15))
    system.redis.go_on()


def _redis_full(system: System, rng: random.Random) -> None:
    with redis.Redis.from_url(system.redis.url) as client:
        client.config_set("maxmemory", "1mb")
        time.sleep(rng.uniform(2, 8))
        client.config_set("maxmemory", "0")


@contextlib.contextmanager
def _always(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    yield System(ground, directory, seed, fsync="always")


def _redis_cut(system: System, rng: random.Random) -> None:
    system.redis_proxy.turn("cut")
    time.sleep(rng.uniform(2, 10))
    system.redis_proxy.turn("open")


def _redis_unheard(system: System, rng: random.Random) -> None:
    system.redis_proxy.turn("hole")
    time.sleep(rng.uniform(2, 15))
    system.redis_proxy.turn("open")


def _kafka_cut(system: System, rng: random.Random) -> None:
    system.ground.kafka_proxy.turn("cut")
    time.sleep(rng.uniform(2, SESSION + 5))
    system.ground.kafka_proxy.turn("open")


def _kafka_slow(system: System, rng: random.Random) -> None:
    system.ground.kafka_proxy.slow_down(rng.uniform(0.1, 0.4))
    time.sleep(rng.uniform(5, 10))
    system.ground.kafka_proxy.slow_down(0)


class Disk:
    """A small disk of its own, that can be filled up.

    Attributes:
        path: where it is mounted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self) -> None:
        """Leave no byte on it."""
        with contextlib.suppress(OSError), (self.path / "ballast").open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)

    def free(self) -> None:
        """Take away what filled it."""
        (self.path / "ballast").unlink()


def _a_disk() -> str | None:
    return None if os.geteuid() == 0 and sys.platform == "linux" else "only root can mount a disk"


def _a_clock() -> str | None:
    return None if _clocks() else "no libfaketime: apt-get install faketime"


def _clocks() -> list[Path]:
    return sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@contextlib.contextmanager
def disk(megabytes: int) -> Iterator[Disk]:
    """Mount a disk of this size in memory (as root, on Linux)."""
    path = Path(tempfile.mkdtemp(prefix="weir-disk-"))
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path)]
    subprocess.run(["mount", *options], check=True)
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
        path.rmdir()


@contextlib.contextmanager
def _redis_on_a_disk(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    with disk(256) as small:
        yield System(ground, directory, seed, redis_dir=small.path)


@contextlib.contextmanager
def _record_on_a_disk(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    with disk(64) as small:
        yield System(ground, directory, seed, database=f"sqlite:///{small.path}/weir.db")


def _redis_disk_full(system: System, rng: random.Random) -> None:
    small = Disk(system.redis.data_dir)
    small.fill()
    time.sleep(rng.uniform(3, 10))
    small.free()


def _record_disk_full(system: System, rng: random.Random) -> None:
    small = Disk(Path(system.database.removeprefix("sqlite:///")).parent)
    small.fill()
    time.sleep(rng.uniform(3, 10))
    small.free()


def _record_slow(system: System, rng: random.Random) -> None:
    system.ground.postgres_proxy.slow_down(rng.uniform(0.5, 5))
    time.sleep(rng.uniform(5, 10))
    system.ground.postgres_proxy.slow_down(0)


def _record_killed(system: System, rng: random.Random) -> None:
    postgres = system.ground.postgres
    postgres.process.kill()
    time.sleep(rng.uniform(0, 5))
    postgres.start()


@contextlib.contextmanager
def _with_own_clock(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    offset = directory / "clock"
    offset.write_text("+0")
    env = {
        "LD_PRELOAD": str(_clocks()[0]),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1",
        # a clock that is set does not touch the one that only counts
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    yield System(ground, directory, seed, env=env)


def _clock_jumps(system: System, rng: random.Random) -> None:
    offset = system.directory / "clock"
    for hours in (rng.randint(1, 48), -rng.randint(1, 48), 0):
        offset.write_text(f"{hours:+d}h")
        time.sleep(3)


def _poison(system: System, rng: random.Random) -> None:
    whole: Any = orjson.loads(next(line for line in system.log if line.startswith(b'{"')))
    lines: list[bytes | None] = [
        None,
        b"",
        b"\x00\xff\xfe",
        b"[" * 50_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"ts": NaN, "userId": "1"}',
        orjson.dumps(whole)[:-1],
        orjson.dumps(whole | {"ts": 2**63}),
        orjson.dumps(whole | {"ts": -1}),
        orjson.dumps(whole | {"userId": ["x"]}),
        orjson.dumps(whole | {"userId": "x" * 100_000}),
        orjson.dumps(whole | {"page": "x" * 900_000}),
        orjson.dumps(whole | {"length": "inf", "itemInSession": {}}),
        "\ud800".encode("utf-8", "surrogatepass"),
    ]
    for _ in range(20):
        rng.shuffle(lines)
        system.sender.slip_in(lines)
        time.sleep(0.2)


#: Churn as it is, but for a bug that shows half way through an event.
_BROKEN = """
from models.churn_as_it_is import Churn

class Broken(Churn):
    def update(self, data, event):
        super().update(data, event)
        if event.page == "Thumbs Down" and event.ts % 3 == 0:
            raise KeyError(event.page)

DOMAIN = Broken()
"""


def _is_fatal(line: bytes) -> bool:
    event = orjson.loads(line)
    return bool(event["page"] == "Thumbs Down" and event["ts"] % 3 == 0)


@contextlib.contextmanager
def _with_a_bug(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
    checkout = directory / "checkout"
    for package in ("models", "stream", "replay"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, checkout / package, ignore=ignore)
    domain = checkout / "models" / "domains" / "churn.py"
    domain.rename(checkout / "models" / "churn_as_it_is.py")
    domain.write_text(_BROKEN)
    env = {"PYTHONPATH": str(checkout), "PYTHONSAFEPATH": "1"}
    yield System(ground, directory, seed, env=env, fails_on=_is_fatal)


def _wait(system: System, rng: random.Random) -> None:  # noqa: ARG001
    time.sleep(rng.uniform(3, 6))


KINDS = (
    Kind("calm", "nothing breaks", "as a backtest", _wait),
    Kind(
        "worker-killed",
        "a worker gets SIGKILL",
        "the other has its partitions after the session timeout; it is started again",
        _worker_killed,
    ),
    Kind("all-workers-killed", "all get SIGKILL", "they are started again", _all_workers_killed),
    Kind(
        "learner-killed",
        "the worker that learns gets SIGKILL",
        "another one goes on from the checkpoint, to the same models",
        _learner_killed,
    ),
    Kind(
        "worker-paused",
        "a worker gets SIGSTOP for longer than its session, then SIGCONT",
        "the other has its partitions; what the zombie would write is refused (fenced)",
        _worker_paused,
    ),
    Kind(
        "api-killed",
        "the API gets SIGKILL",
        "it is started again; no answer is unrecorded",
        _api_killed,
    ),
    Kind(
        "broker-killed",
        "Kafka gets SIGKILL and is started again within 5 s",
        "workers wait; nothing that was acknowledged is sent twice",
        _broker_killed,
        brief=True,
    ),
    Kind("broker-paused", "Kafka hangs for 3 to 15 s (SIGSTOP)", "workers wait", _broker_paused),
    Kind(
        "redis-killed",
        "Redis (AOF each second) gets SIGKILL and is started again within 5 s",
        "workers wait, the API answers 503",
        _redis_killed,
    ),
    Kind("redis-killed-always", "the same, AOF always", "likewise", _redis_killed, _always),
    Kind(
        "redis-lost-newest",
        "Redis is killed and has lost its newest writes, up to 400 kB (a power cut)",
        "workers notice, start anew, and read those events again",
        _redis_lost_newest,
        brief=True,
    ),
    Kind("redis-paused", "Redis hangs for 3 to 15 s (SIGSTOP)", "workers wait", _redis_paused),
    Kind("redis-memory-full", "Redis has no memory left", "workers wait", _redis_full, brief=True),
    Kind(
        "redis-disk-full",
        "the disk of Redis' AOF is full",
        "Redis takes no writes, workers wait",
        _redis_disk_full,
        _redis_on_a_disk,
        _a_disk,
    ),
    Kind("redis-cut", "the network to Redis is cut for 2 to 10 s", "workers wait", _redis_cut),
    Kind(
        "redis-unheard",
        "nothing comes through from Redis for 2 to 15 s",
        "likewise",
        _redis_unheard,
    ),
    Kind("kafka-cut", "the network to Kafka is cut for 2 to 15 s", "workers wait", _kafka_cut),
    Kind("kafka-slow", "the network to Kafka is slow (0.1 to 0.4 s)", "it is slow", _kafka_slow),
    Kind(
        "record-slow",
        "PostgreSQL takes 0.5 to 5 s longer",
        "answers wait for their record, or are refused (503)",
        _record_slow,
    ),
    Kind(
        "record-killed",
        "PostgreSQL gets SIGKILL and is started again within 5 s",
        "the API answers 503",
        _record_killed,
    ),
    Kind(
        "record-disk-full",
        "the disk of the SQLite record is full",
        "the API answers 503",
        _record_disk_full,
        _record_on_a_disk,
        _a_disk,
    ),
    Kind(
        "clock-jumps",
        "the workers' clocks jump ahead by hours, back, and right",
        "nothing: event time is all that counts",
        _clock_jumps,
        _with_own_clock,
        _a_clock,
    ),
    Kind(
        "poison",
        "records that are broken in 14 ways",
        "each is in the dead-letter topic, bytes untouched",
        _poison,
        brief=True,
    ),
    Kind(
        "domain-bug",
        "the domain's file fails on some events, half way through",
        "each is in the dead-letter topic, and as if it had never been",
        _wait,
        _with_a_bug,
    ),
)
