"""The kinds of fault: each breaks something, keeps it broken for a while, and mends it."""

import random
import time

from tests.faults import clocks, disks, network, processes, records
from tests.faults.kind import Kind
from tests.faults.system import System


def _wait(system: System, rng: random.Random) -> None:  # noqa: ARG001
    time.sleep(rng.uniform(3, 6))


KINDS = (
    Kind("calm", "nothing breaks", "as a backtest", _wait),
    Kind(
        "worker-killed",
        "a worker gets SIGKILL",
        "the other has its partitions after the session timeout; it is started again",
        processes.worker_killed,
    ),
    Kind(
        "all-workers-killed",
        "all get SIGKILL",
        "they are started again",
        processes.all_workers_killed,
    ),
    Kind(
        "learner-killed",
        "the worker that learns gets SIGKILL",
        "another one goes on from the checkpoint, to the same models",
        processes.learner_killed,
    ),
    Kind(
        "worker-paused",
        "a worker gets SIGSTOP for longer than its session, then SIGCONT",
        "the other has its partitions; what the zombie would write is refused (fenced)",
        processes.worker_paused,
    ),
    Kind(
        "api-killed",
        "the API gets SIGKILL",
        "it is started again; no answer is unrecorded",
        processes.api_killed,
    ),
    Kind(
        "broker-killed",
        "Kafka gets SIGKILL and is started again within 5 s",
        "workers wait; nothing that was acknowledged is sent twice",
        processes.broker_killed,
        brief=True,
    ),
    Kind(
        "broker-paused",
        "Kafka hangs for 3 to 15 s (SIGSTOP)",
        "workers wait",
        processes.broker_paused,
    ),
    Kind(
        "redis-killed",
        "Redis (AOF each second) gets SIGKILL and is started again within 5 s",
        "workers wait, the API answers 503",
        processes.redis_killed,
    ),
    Kind(
        "redis-killed-always",
        "the same, AOF always",
        "likewise",
        processes.redis_killed,
        processes.fsync_always,
    ),
    Kind(
        "redis-lost-newest",
        "Redis is killed and has lost its newest writes, up to 400 kB (a power cut)",
        "workers notice, start anew, and read those events again",
        processes.redis_lost_newest,
        brief=True,
    ),
    Kind(
        "redis-paused",
        "Redis hangs for 3 to 15 s (SIGSTOP)",
        "workers wait",
        processes.redis_paused,
    ),
    Kind(
        "redis-memory-full",
        "Redis has no memory left",
        "workers wait",
        processes.redis_full,
        brief=True,
    ),
    Kind(
        "redis-disk-full",
        "the disk of Redis' AOF is full",
        "Redis takes no writes, workers wait",
        disks.redis_disk_full,
        disks.redis_on_a_disk,
        disks.why_no_disk,
    ),
    Kind(
        "redis-cut", "the network to Redis is cut for 2 to 10 s", "workers wait", network.redis_cut
    ),
    Kind(
        "redis-unheard",
        "nothing comes through from Redis for 2 to 15 s",
        "likewise",
        network.redis_unheard,
    ),
    Kind(
        "kafka-cut", "the network to Kafka is cut for 2 to 15 s", "workers wait", network.kafka_cut
    ),
    Kind(
        "kafka-slow",
        "the network to Kafka is slow (0.1 to 0.4 s)",
        "it is slow",
        network.kafka_slow,
    ),
    Kind(
        "record-slow",
        "PostgreSQL takes 0.5 to 5 s longer",
        "answers wait for their record, or are refused (503)",
        network.record_slow,
    ),
    Kind(
        "record-killed",
        "PostgreSQL gets SIGKILL and is started again within 5 s",
        "the API answers 503",
        processes.record_killed,
    ),
    Kind(
        "record-disk-full",
        "the disk of the SQLite record is full",
        "the API answers 503",
        disks.record_disk_full,
        disks.record_on_a_disk,
        disks.why_no_disk,
    ),
    Kind(
        "clock-jumps",
        "the workers' clocks jump ahead by hours, back, and right",
        "nothing: event time is all that counts",
        clocks.clock_jumps,
        clocks.with_own_clock,
        clocks.why_no_clock,
    ),
    Kind(
        "poison",
        "records that are broken in 14 ways",
        "each is in the dead-letter topic, bytes untouched",
        records.poison,
    ),
    Kind(
        "domain-bug",
        "the domain's file fails on some events, half way through",
        "each is in the dead-letter topic, and as if it had never been",
        _wait,
        records.with_a_bug,
    ),
)
