"""The network is cut, silent or slow."""

import random
import time

from tests.faults.processes import SESSION
from tests.faults.system import System


def redis_cut(system: System, rng: random.Random) -> None:
    system.redis_proxy.turn("cut")
    time.sleep(rng.uniform(2, 10))
    system.redis_proxy.turn("open")


def redis_unheard(system: System, rng: random.Random) -> None:
    system.redis_proxy.turn("hole")
    time.sleep(rng.uniform(2, 15))
    system.redis_proxy.turn("open")


def kafka_cut(system: System, rng: random.Random) -> None:
    system.ground.kafka_proxy.turn("cut")
    time.sleep(rng.uniform(2, SESSION + 5))
    system.ground.kafka_proxy.turn("open")


def kafka_slow(system: System, rng: random.Random) -> None:
    system.ground.kafka_proxy.slow_down(rng.uniform(0.1, 0.4))
    time.sleep(rng.uniform(5, 10))
    system.ground.kafka_proxy.slow_down(0)


def record_slow(system: System, rng: random.Random) -> None:
    system.ground.postgres_proxy.slow_down(rng.uniform(0.5, 5))
    time.sleep(rng.uniform(5, 10))
    system.ground.postgres_proxy.slow_down(0)
