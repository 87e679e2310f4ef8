"""The watchdog, its clock moved by hand."""

import subprocess
import sys
import threading

import pytest

from stream import watchdog as module
from stream.watchdog import STUCK, Watchdog, guard

P0, P1 = ("events.churn", 0), ("events.churn", 1)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watchdog(clock: Clock) -> Watchdog:
    return Watchdog(clock, limit_s=60)


def test_speaks_when_lag_stays_and_nothing_is_processed(clock: Clock, watchdog: Watchdog) -> None:
    verdicts = []
    for _ in range(8):
        watchdog.progressed(P0, 100)
        watchdog.lag(P0, 5)
        verdicts.append(watchdog.verdict())
        clock.now += 10
    assert verdicts[:6] == [None] * 6
    assert verdicts[6] is not None
    assert "events.churn partition 0: 5 records wait" in verdicts[6]
    assert "60 s" in verdicts[6]


def test_speaks_when_lag_grows_and_nothing_is_processed(clock: Clock, watchdog: Watchdog) -> None:
    for lag in (5, 50, 500):
        watchdog.progressed(P0, 100)
        watchdog.lag(P0, lag)
        verdict = watchdog.verdict()
        clock.now += 30
    assert verdict is not None
    assert "500 records" in verdict


def test_one_stuck_partition_is_enough(clock: Clock, watchdog: Watchdog) -> None:
    for step in range(3):
        watchdog.progressed(P0, step)
        watchdog.lag(P0, 5)
        watchdog.progressed(P1, 7)
        watchdog.lag(P1, 9)
        verdict = watchdog.verdict()
        clock.now += 30
    assert verdict is not None
    assert "partition 1" in verdict


@pytest.mark.parametrize(
    ("offsets", "lags"),
    [
        pytest.param([1, 2, 3, 4], [9, 9, 9, 9], id="processes, and as much comes in"),
        pytest.param([1, 1, 1, 1], [0, 0, 0, 0], id="nothing to do"),
        pytest.param([1, 1, 1, 1], [9, 8, 7, 6], id="the lag shrinks"),
        pytest.param([1, 1, 2, 2], [9, 9, 9, 9], id="processed something in time"),
    ],
)
def test_is_silent_while_something_moves(
    clock: Clock, watchdog: Watchdog, offsets: list[int], lags: list[int]
) -> None:
    for offset, lag in zip(offsets, lags, strict=True):
        watchdog.progressed(P0, offset)
        watchdog.lag(P0, lag)
        assert watchdog.verdict() is None
        clock.now += 29


def test_time_without_lag_does_not_count(clock: Clock, watchdog: Watchdog) -> None:
    watchdog.progressed(P0, 1)
    watchdog.lag(P0, 0)
    clock.now += 3600
    watchdog.lag(P0, 0)
    assert watchdog.verdict() is None
    clock.now += 59
    watchdog.lag(P0, 3)
    assert watchdog.verdict() is None


def test_a_partition_that_went_to_another_worker_is_forgotten(
    clock: Clock, watchdog: Watchdog
) -> None:
    watchdog.progressed(P0, 1)
    watchdog.lag(P0, 5)
    assert watchdog.verdict() is None
    clock.now += 100
    assert watchdog.verdict() is None  # it was not told of in this look

    watchdog.progressed(P0, 1)  # back again: counts from now on
    watchdog.lag(P0, 5)
    assert watchdog.verdict() is None


def test_notices_when_nothing_looks_any_more(clock: Clock, watchdog: Watchdog) -> None:
    assert watchdog.unattended() is None
    clock.now += 59
    watchdog.verdict()
    clock.now += 59
    assert watchdog.unattended() is None
    clock.now += 1
    reason = watchdog.unattended()
    assert reason is not None
    assert "60 s" in reason


def test_the_guard_ends_the_process_from_its_own_thread(
    clock: Clock, watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GUARD_SECONDS", 0.001)
    ended = threading.Event()
    reasons: list[str] = []

    def end(reason: str) -> None:
        reasons.append(reason)
        ended.set()

    stop = guard(watchdog, end)
    clock.now += 61
    assert ended.wait(30)
    stop.set()
    assert len(reasons) == 1
    assert "61 s" in reasons[0]


def test_the_process_ends_with_a_code_and_a_reason() -> None:
    program = "from stream.watchdog import end_process; end_process('planted')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == STUCK == 70
    assert b"the worker ends: planted" in done.stderr
    assert b"end_process" in done.stderr  # where every thread was
