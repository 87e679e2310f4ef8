"""Clocks are set, forwards and back."""

import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.system import Ground, System


def why_no_clock() -> str | None:
    return None if _clocks() else "no libfaketime: apt-get install faketime"


def _clocks() -> list[Path]:
    return sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@contextlib.contextmanager
def with_own_clock(ground: Ground, directory: Path, seed: int) -> Iterator[System]:
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


def clock_jumps(system: System, rng: random.Random) -> None:
    offset = system.directory / "clock"
    for hours in (rng.randint(1, 48), -rng.randint(1, 48), 0):
        offset.write_text(f"{hours:+d}h")
        time.sleep(3)
