"""Events are due when the pace says so; the clock is moved by hand."""

import pytest

from replay.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def test_the_log_keeps_its_pace_times_speed() -> None:
    clock = Clock()
    pace = Pace(600, None, clock, clock.wait)
    sent = []
    for minutes in (0, 10, 25, 25):
        pace.until(1_000_000 + minutes * 60_000)
        sent.append(clock.now - 50)

    assert sent == pytest.approx([0, 1, 2.5, 2.5])
    assert pace.behind == 0


def test_a_fixed_rate() -> None:
    clock = Clock()
    pace = Pace(None, 4, clock, clock.wait)
    sent = []
    for ts in (10, 99_999_999, 5, 0):
        pace.until(ts)
        sent.append(clock.now - 50)

    assert sent == pytest.approx([0, 0.25, 0.5, 0.75])


def test_without_a_pace_nothing_waits() -> None:
    clock = Clock()
    pace = Pace(None, None, clock, clock.wait)
    for ts in (1, 10**12, 5):
        pace.until(ts)

    assert clock.now == 50


def test_a_sender_that_fell_behind_catches_up() -> None:
    clock = Clock()
    pace = Pace(None, 1, clock, clock.wait)
    pace.until(1)
    clock.now += 10  # a slow broker
    pace.until(1)
    assert clock.now == 60
    assert pace.behind == pytest.approx(9)

    for _ in range(9):
        pace.until(1)
    assert clock.now == pytest.approx(60)
    pace.until(1)
    assert clock.now == pytest.approx(61)


def test_an_event_without_a_time_goes_at_once_and_sets_no_start() -> None:
    clock = Clock()
    pace = Pace(1, None, clock, clock.wait)
    pace.until(0)
    clock.now += 5
    pace.until(1_538_352_000_000)
    assert clock.now == 55
    pace.until(1_538_352_002_000)
    assert clock.now == pytest.approx(57)
